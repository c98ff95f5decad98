/** Holds the connect dialog above what changes while it is open: the first data of a workspace turns its page over. */
import { createContext, lazy, Suspense, use, useCallback, useState, type ReactNode } from 'react';

const ConnectDialog = lazy(() => import('./connect-dialog'));

/** A connection that is made again, with new credentials. */
export interface Again {
  connection: string;
  provider: string;
}

const Opener = createContext<(again?: Again) => void>(() => undefined);

/** Opens the dialog in which a platform is connected. */
export const useConnectDialog = () => use(Opener);

export function ConnectHost({
  workspace,
  onDone,
  children,
}: {
  workspace: string;
  /** An account is connected; without it the dialog just closes. */
  onDone?: (() => void) | undefined;
  children: ReactNode;
}) {
  const [open, setOpen] = useState<{ again: Again | undefined } | null>(null);
  const show = useCallback((again?: Again) => setOpen({ again }), []);
  const close = useCallback(() => setOpen(null), []);
  return (
    <Opener value={show}>
      {children}
      {open && (
        <Suspense>
          <ConnectDialog
            workspace={workspace}
            again={open.again}
            onClose={close}
            onDone={open.again ? close : (onDone ?? close)}
          />
        </Suspense>
      )}
    </Opener>
  );
}
