/** A panel that slides in from the right and explains something, over the page it belongs to. */
import * as Dialog from '@radix-ui/react-dialog';
import { useState, type ReactNode } from 'react';
import { CloseIcon } from './icons';
import { Button } from './ui';

export function Sheet({
  open,
  onClose,
  title,
  description,
  children,
}: {
  open: boolean;
  onClose: () => void;
  title: ReactNode;
  description: ReactNode;
  children: ReactNode;
}) {
  // The panel opens from the address and has no trigger that could take the focus back.
  const [opener] = useState(() => document.activeElement);
  return (
    <Dialog.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 z-40 animate-[fade-in_.15s] bg-black/45" />
        <Dialog.Content
          onCloseAutoFocus={(event) => {
            event.preventDefault();
            if (opener instanceof HTMLElement) opener.focus({ preventScroll: true });
          }}
          className="fixed inset-y-0 right-0 z-50 flex w-full max-w-2xl animate-[sheet-in_.18s_ease-out] flex-col bg-surface shadow-pop outline-none sm:border-l sm:border-line"
        >
          <header className="flex items-start gap-3 border-b border-line px-5 py-4">
            <div className="min-w-0 flex-1">
              <Dialog.Title className="text-base leading-6 font-semibold">{title}</Dialog.Title>
              <Dialog.Description asChild>
                <div className="mt-0.5 text-[13px] text-soft">{description}</div>
              </Dialog.Description>
            </div>
            <Dialog.Close asChild>
              <Button look="ghost" square aria-label="Close">
                <CloseIcon />
              </Button>
            </Dialog.Close>
          </header>
          <div className="flex-1 overflow-y-auto px-5 py-5">{children}</div>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
