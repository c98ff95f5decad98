/** Where the browser ends after a sign-in at a platform: tells the page that waits, and closes its window. */
import { Link } from '@tanstack/react-router';
import { useEffect } from 'react';
import { CheckIcon } from '@/components/icons';
import { Brand } from '@/layout/navigation';
import { announce, tellOpener } from './sign-in-window';

export function SignedIn({ workspace, connection }: { workspace: string; connection: string }) {
  useEffect(() => {
    announce({ workspace, connection });
    tellOpener({ workspace, connection });
    // Only a window that a script opened can be closed by one; any other stays and shows the way.
    window.close();
  }, [workspace, connection]);
  return (
    <main className="mx-auto max-w-md p-6 pt-20">
      <Brand />
      <h1 className="mt-8 flex items-center gap-2 text-xl font-semibold">
        <CheckIcon className="text-gain" /> Connected
      </h1>
      <p className="mt-2 text-soft">
        The connection <span className="font-medium text-ink">{connection}</span> works. You can close this
        window.
      </p>
      <p className="mt-6">
        <Link
          to="/w/$workspace/dashboard"
          params={{ workspace }}
          hash="connections"
          className="font-medium text-brand underline underline-offset-4"
        >
          Go to the connections
        </Link>
      </p>
    </main>
  );
}
