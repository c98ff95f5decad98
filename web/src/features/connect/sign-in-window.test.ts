import { afterEach, expect, test, vi } from 'vitest';
import { tellOpener } from './sign-in-window';

afterEach(() => vi.unstubAllGlobals());

test('the opener is told at this origin only, and a window without one is none the worse', () => {
  const postMessage = vi.fn();
  vi.stubGlobal('window', { opener: { postMessage }, location: { origin: 'https://netgain.example' } });
  tellOpener({ workspace: 'w', connection: 'klaviyo' });
  expect(postMessage).toHaveBeenCalledExactlyOnceWith(
    { source: 'netgain', kind: 'signed_in', workspace: 'w', connection: 'klaviyo' },
    'https://netgain.example',
  );
  vi.stubGlobal('window', { opener: null, location: { origin: 'https://netgain.example' } });
  expect(() => tellOpener({ workspace: 'w', connection: 'klaviyo' })).not.toThrow();
});
