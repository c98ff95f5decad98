/** Holds the connect dialog above what changes while it is open: the first data of a workspace turns its page over. */
import { createContext, lazy, Suspense, use, useCallback, useState, type ReactNode } from 'react';

const ConnectDialog = lazy(() => import('./connect-dialog'));

const Opener = createContext<() => void>(() => undefined);

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
  const [open, setOpen] = useState(false);
  const show = useCallback(() => setOpen(true), []);
  const close = useCallback(() => setOpen(false), []);
  return (
    <Opener value={show}>
      {children}
      {open && (
        <Suspense>
          <ConnectDialog workspace={workspace} onClose={close} onDone={onDone ?? close} />
        </Suspense>
      )}
    </Opener>
  );
}
