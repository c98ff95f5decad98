/** The first words to somebody who has nothing connected yet. */
import type { Workspace } from '@/api/types';
import { CopyButton } from '@/components/copy-button';
import { Button } from '@/components/ui';
import { useConnectDialog } from '@/features/connect/connect-host';
import { Brand } from '@/layout/navigation';

function Command({ children, label }: { children: string; label: string }) {
  return (
    <div className="flex items-center gap-2 rounded-lg border border-line bg-sunken py-1.5 pr-1.5 pl-3">
      <code className="min-w-0 flex-1 font-mono text-[13px] leading-5 break-words whitespace-pre-wrap">
        {children}
      </code>
      <CopyButton text={children} label={`Copy the command: ${label}`} />
    </div>
  );
}

interface Step {
  title: string;
  text: string;
  command: string;
}

function Steps({ steps }: { steps: Step[] }) {
  return (
    <ol className="mt-4 space-y-6">
      {steps.map((step, index) => (
        <li key={step.title} className="grid grid-cols-[2rem_minmax(0,1fr)] gap-3">
          <span
            aria-hidden="true"
            className="flex size-7 items-center justify-center rounded-full bg-brand-soft text-[13px] font-semibold text-brand"
          >
            {index + 1}
          </span>
          <div>
            <h3 className="text-[15px] font-semibold">{step.title}</h3>
            <p className="mt-0.5 mb-2.5 text-soft">{step.text}</p>
            <Command label={step.title}>{step.command}</Command>
          </div>
        </li>
      ))}
    </ol>
  );
}

export function FirstRun({ workspace }: { workspace: Workspace | null }) {
  const id = workspace?.id ?? 'main';
  const connect = useConnectDialog();
  const ways = [
    {
      heading: 'From your platforms',
      steps: [
        {
          title: 'Connect your shop',
          text: 'With an access token that may read orders. It is asked for, and kept sealed.',
          command: `netgain connect shopify --workspace ${id} --field shop=MY-SHOP --secret access_token=-`,
        },
        {
          title: 'Connect your advertising',
          text: 'So that profit is what is left after it.',
          command: `netgain connect meta_ads --workspace ${id} --field account_id=1234567890 --secret access_token=-`,
        },
        {
          title: 'Read it all',
          text: 'With a time to finish. Later runs read what is new.',
          command: `netgain sync --workspace ${id}`,
        },
      ],
    },
    {
      heading: 'From a file',
      steps: [
        {
          title: 'Let Netgain read your file',
          text: 'An export of your orders, one line for each article. It proposes what the columns mean.',
          command: 'netgain import csv ORDERS.csv --suggest > mapping.yaml',
        },
        {
          title: 'Look over mapping.yaml',
          text: 'Check the currency, the time zone and the columns, then bring the orders in.',
          command: `netgain import csv ORDERS.csv --workspace ${id} --mapping mapping.yaml`,
        },
      ],
    },
  ];
  const Frame = workspace ? 'div' : 'main';
  return (
    <Frame className="mx-auto max-w-2xl px-4 py-12 sm:py-20">
      {!workspace && <Brand />}
      <h1 className="mt-6 text-2xl font-semibold tracking-tight text-balance">
        {workspace ? `${workspace.name} has no data yet` : 'See what your business really earns'}
      </h1>
      <p className="mt-3 max-w-prose text-[15px] leading-6 text-soft">
        Connect your shop and your advertising. Your data stays here, in a file that belongs to you.
      </p>
      <Button look="primary" className="mt-5" onClick={() => connect()}>
        Connect a platform
      </Button>
      <p className="mt-9 max-w-prose text-soft">Or stop the server and use a terminal on this machine.</p>
      {ways.map(({ heading, steps }) => (
        <section key={heading} className="mt-9">
          <h2 className="text-lg font-semibold tracking-tight">{heading}</h2>
          <Steps steps={steps} />
        </section>
      ))}
    </Frame>
  );
}
