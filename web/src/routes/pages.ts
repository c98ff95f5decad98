/** The pages that exist, in the order of the navigation, each with the sections one can jump to. */
import {
  DashboardIcon,
  GaugeIcon,
  HistoryIcon,
  MegaphoneIcon,
  PeopleIcon,
  RepeatIcon,
  TagIcon,
} from '@/components/icons';

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
  {
    to: '/w/$workspace/campaigns',
    label: 'Campaigns',
    Icon: MegaphoneIcon,
    sections: [],
  },
  {
    to: '/w/$workspace/customers',
    label: 'Customers',
    Icon: PeopleIcon,
    sections: [],
  },
  {
    to: '/w/$workspace/subscriptions',
    label: 'Subscriptions',
    Icon: RepeatIcon,
    sections: [],
  },
  {
    to: '/w/$workspace/kpis',
    label: 'KPIs',
    Icon: GaugeIcon,
    sections: [],
  },
  {
    to: '/w/$workspace/costs',
    label: 'Costs',
    Icon: TagIcon,
    sections: [
      { hash: 'unit-costs', label: 'Unit costs' },
      { hash: 'cost-rules', label: 'Rules for orders' },
      { hash: 'operating-costs', label: 'Operating costs' },
    ],
  },
  {
    to: '/w/$workspace/audit',
    label: 'Audit',
    Icon: HistoryIcon,
    sections: [],
  },
] as const;
