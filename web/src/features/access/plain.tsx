/** The frame of pages that belong to no workspace. */
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { Brand } from '@/layout/navigation';

const ACTIVE = { className: 'text-brand' };
const OTHER = { className: 'text-soft hover:text-ink' };

export function Plain({ title, about, children }: { title: string; about?: string; children: ReactNode }) {
  return (
    <div className="min-h-screen">
      <title>{`${title} · Netgain`}</title>
      <header className="flex h-14 items-center gap-6 border-b border-line bg-surface px-4 sm:px-6">
        <Link to="/" aria-label="Netgain, to the dashboard">
          <Brand />
        </Link>
        <nav aria-label="Pages" className="flex gap-4 text-[13px] font-medium">
          <Link to="/account" activeProps={ACTIVE} inactiveProps={OTHER}>
            Account
          </Link>
          <Link to="/people" activeProps={ACTIVE} inactiveProps={OTHER}>
            People and keys
          </Link>
        </nav>
      </header>
      <main className="mx-auto max-w-4xl space-y-5 px-3 py-6 sm:px-6">
        <header>
          <h1 className="text-xl font-semibold tracking-tight">{title}</h1>
          {about && <p className="mt-1 text-soft">{about}</p>}
        </header>
        {children}
      </main>
    </div>
  );
}
