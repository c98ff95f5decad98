/** The frame around every page of a workspace: navigation at the side, workspace and tools on top. */
import { Outlet, useSearch } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useState } from 'react';
import { Key, Button } from '@/components/ui';
import { SearchIcon } from '@/components/icons';
import { ConnectHost } from '@/features/connect/connect-host';
import type { DashboardSearch } from '@/lib/search';
import { useWorkspace } from '@/lib/view';
import { Brand, MobileNavigation, Navigation } from './navigation';
import { ThemeMenu } from './theme-menu';
import { WorkspaceMenu } from './workspace-menu';

const AccountMenu = lazy(() => import('@/features/access/account-menu'));

const CommandPalette = lazy(() => import('@/features/commands/command-palette'));

const WhySheet = lazy(() => import('@/features/why/why-sheet'));

const MAC = /Mac|iPhone|iPad/.test(navigator.userAgent);

export function Shell() {
  const workspace = useWorkspace();
  const { why }: DashboardSearch = useSearch({ strict: false });
  const [palette, setPalette] = useState(false);

  useEffect(() => {
    const toggle = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== 'k' || !(event.metaKey || event.ctrlKey)) return;
      event.preventDefault();
      setPalette((open) => !open);
    };
    window.addEventListener('keydown', toggle);
    return () => window.removeEventListener('keydown', toggle);
  }, []);

  useEffect(() => {
    document.title = `${workspace.name} · Netgain`;
  }, [workspace.name]);

  return (
    <div className="min-h-screen lg:grid lg:grid-cols-[15rem_minmax(0,1fr)]">
      <a
        href="#main"
        className="sr-only z-70 rounded-lg bg-brand px-4 py-2 font-medium text-on-brand focus:not-sr-only focus:fixed focus:top-3 focus:left-3"
      >
        Skip to the page
      </a>
      <aside className="sticky top-0 hidden h-screen flex-col border-r border-line bg-surface lg:flex">
        <div className="flex h-14 items-center px-5">
          <Brand />
        </div>
        <Navigation workspace={workspace} />
      </aside>
      <div className="flex min-w-0 flex-col">
        <header className="sticky top-0 z-30 flex h-14 items-center gap-2 border-b border-line bg-surface/90 px-3 backdrop-blur-md sm:px-6">
          <MobileNavigation workspace={workspace} />
          <WorkspaceMenu workspace={workspace} />
          <div className="flex-1" />
          <Button
            className="max-sm:w-9 max-sm:px-0"
            onClick={() => setPalette(true)}
            aria-keyshortcuts="Meta+K Control+K"
          >
            <SearchIcon />
            <span className="sr-only text-soft sm:not-sr-only">Search or jump to</span>
            <span aria-hidden="true" className="hidden sm:inline">
              <Key>{MAC ? '⌘K' : 'Ctrl K'}</Key>
            </span>
          </Button>
          <ThemeMenu />
          <Suspense>
            <AccountMenu />
          </Suspense>
        </header>
        <main id="main" tabIndex={-1} className="min-w-0 flex-1 outline-none">
          <ConnectHost key={workspace.id} workspace={workspace.id}>
            <Outlet />
          </ConnectHost>
        </main>
      </div>
      {palette && (
        <Suspense>
          <CommandPalette workspace={workspace} onClose={() => setPalette(false)} />
        </Suspense>
      )}
      {why !== undefined && (
        <Suspense>
          <WhySheet />
        </Suspense>
      )}
    </div>
  );
}
