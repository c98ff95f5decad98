import { describe, expect, it } from 'vitest';
import { actionName, actorName, detailsText } from './audit-model';

describe('the audit in words', () => {
  it('names actions that it never heard of', () => {
    expect(actionName('sync.started')).toBe('Sync started');
    expect(actionName('connection.sign_in_begun')).toBe('Connection sign in begun');
  });

  it('says who it was', () => {
    expect(actorName('key', 'reports')).toBe('API key: reports');
    expect(actorName('open', 'anybody')).toBe('Anybody (no sign-in)');
    expect(actorName('robot', 'r2')).toBe('robot: r2');
  });

  it('leaves out what goes without saying, and keeps what went wrong', () => {
    expect(detailsText({ status: 200 })).toBe('');
    expect(detailsText({ done: true, rows: 3 })).toBe('rows: 3');
    expect(detailsText({ done: false, sealed_again: 'grant' })).toBe('done: false · sealed again: grant');
    expect(detailsText(null)).toBe('');
  });
});
