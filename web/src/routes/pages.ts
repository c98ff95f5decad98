/** The pages that exist, in the order of the navigation, each with the sections one can jump to. */
import { DashboardIcon } from '@/components/icons';

export const PAGES = [
  {
    to: '/w/$workspace/dashboard',
    label: 'Dashboard',
    Icon: DashboardIcon,
    sections: [
      { hash: 'overview', label: 'Overview' },
      { hash: 'profit', label: 'Profit over time' },
      { hash: 'breakdown', label: 'Where it goes' },
      { hash: 'orders', label: 'Orders' },
      { hash: 'connections', label: 'Connections' },
    ],
  },
] as const;
