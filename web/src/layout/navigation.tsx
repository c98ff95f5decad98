/** The list of pages, at the side of wide screens and in a drawer on narrow ones. */
import * as Dialog from '@radix-ui/react-dialog';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { Workspace } from '@/api/types';
import { CloseIcon, MenuIcon } from '@/components/icons';
import { Button } from '@/components/ui';
import { PAGES } from '@/routes/pages';

export function Brand() {
  return (
    <span className="flex items-center gap-2.5 text-[15px] font-semibold tracking-tight">
      <img src="/favicon.svg" alt="" width="26" height="26" />
      Netgain
    </span>
  );
}

export function Navigation({ workspace, onGo }: { workspace: Workspace; onGo?: () => void }) {
  return (
    <nav aria-label="Pages" className="flex-1 overflow-y-auto px-3 py-3">
      <ul className="space-y-1">
        {PAGES.map(({ to, label, Icon, sections }) => (
          <li key={to}>
            <Link
              to={to}
              params={{ workspace: workspace.id }}
              search={(now) => now}
              activeOptions={{ includeSearch: false, includeHash: false }}
              activeProps={{ className: 'bg-brand-soft text-brand' }}
              inactiveProps={{ className: 'text-soft hover:bg-sunken' }}
              className="flex h-9 items-center gap-2.5 rounded-lg px-2.5 font-medium"
              {...(onGo ? { onClick: onGo } : {})}
            >
              <Icon /> {label}
            </Link>
            <ul className="mt-1 ml-[1.15rem] space-y-px border-l border-line pl-3">
              {sections.map((section) => (
                <li key={section.hash}>
                  <Link
                    to={to}
                    params={{ workspace: workspace.id }}
                    search={(now) => now}
                    hash={section.hash}
                    hashScrollIntoView={{ behavior: 'smooth' }}
                    className="block rounded-md px-2 py-1 text-[13px] text-soft hover:bg-sunken hover:text-ink"
                    {...(onGo ? { onClick: onGo } : {})}
                  >
                    {section.label}
                  </Link>
                </li>
              ))}
            </ul>
          </li>
        ))}
      </ul>
    </nav>
  );
}

export function MobileNavigation({ workspace }: { workspace: Workspace }) {
  const [open, setOpen] = useState(false);
  return (
    <Dialog.Root open={open} onOpenChange={setOpen}>
      <Dialog.Trigger asChild>
        <Button look="ghost" square className="lg:hidden" aria-label="Open navigation">
          <MenuIcon />
        </Button>
      </Dialog.Trigger>
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 z-40 animate-[fade-in_.15s] bg-black/45" />
        <Dialog.Content
          aria-describedby={undefined}
          className="fixed inset-y-0 left-0 z-50 flex w-72 max-w-[85vw] animate-[fade-in_.15s] flex-col bg-surface shadow-pop outline-none"
        >
          <div className="flex h-14 items-center justify-between px-5">
            <Dialog.Title asChild>
              <div>
                <Brand />
              </div>
            </Dialog.Title>
            <Dialog.Close asChild>
              <Button look="ghost" square aria-label="Close navigation">
                <CloseIcon />
              </Button>
            </Dialog.Close>
          </div>
          <Navigation workspace={workspace} onGo={() => setOpen(false)} />
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
