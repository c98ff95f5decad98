/** Line icons, drawn for this product on a 20 × 20 grid; they take size and colour from the text. */
import type { ReactNode, SVGProps } from 'react';

function icon(shape: ReactNode) {
  return function Icon(props: SVGProps<SVGSVGElement>) {
    return (
      <svg
        viewBox="0 0 20 20"
        width="1.15em"
        height="1.15em"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.6"
        strokeLinecap="round"
        strokeLinejoin="round"
        aria-hidden="true"
        focusable="false"
        {...props}
      >
        {shape}
      </svg>
    );
  };
}

export const DashboardIcon = icon(
  <>
    <rect x="3" y="3" width="6" height="8" rx="1.5" />
    <rect x="11" y="3" width="6" height="4.5" rx="1.5" />
    <rect x="3" y="13.5" width="6" height="3.5" rx="1.5" />
    <rect x="11" y="10" width="6" height="7" rx="1.5" />
  </>,
);
export const TagIcon = icon(
  <>
    <path d="M3.4 10.600V4.400c0-.600.400-1 1-1h6.200l6 6c.700.700.700 1.700 0 2.400l-4.800 4.800c-.700.700-1.700.700-2.400 0l-6-6Z" />
    <path d="M7 7v.1" />
  </>,
);
export const PeopleIcon = icon(
  <>
    <circle cx="7.5" cy="7" r="2.8" />
    <path d="M2.5 16.500c0-3 2.200-4.800 5-4.800s5 1.800 5 4.800" />
    <path d="M13 4.600a2.600 2.600 0 0 1 0 4.900M14.800 12.100c1.700.700 2.700 2.300 2.700 4.400" />
  </>,
);
export const RepeatIcon = icon(
  <>
    <path d="M4 8.500A6.200 6.200 0 0 1 15.400 7M16 11.500A6.200 6.200 0 0 1 4.600 13" />
    <path d="M15.800 3.500V7h-3.500M4.200 16.500V13h3.500" />
  </>,
);
export const GaugeIcon = icon(
  <>
    <path d="M3.600 14.500a7 7 0 1 1 12.800 0" />
    <path d="m10 12 3-4" />
  </>,
);
export const CalendarIcon = icon(
  <>
    <rect x="3" y="4.5" width="14" height="12.5" rx="2" />
    <path d="M3 8.5h14M7 2.8v3M13 2.8v3" />
  </>,
);
export const CheckIcon = icon(<path d="m4.5 10.5 3.6 3.6 7.4-8" />);
export const ChevronDownIcon = icon(<path d="m5.5 8 4.5 4.5L14.5 8" />);
export const ChevronRightIcon = icon(<path d="m8 5.5 4.5 4.5L8 14.5" />);
export const CloseIcon = icon(<path d="m5 5 10 10M15 5 5 15" />);
export const PlusIcon = icon(<path d="M10 4.5v11M4.5 10h11" />);
export const SearchIcon = icon(
  <>
    <circle cx="9" cy="9" r="5.2" />
    <path d="m13 13 4 4" />
  </>,
);
export const SunIcon = icon(
  <>
    <circle cx="10" cy="10" r="3.4" />
    <path d="M10 2.2v1.6M10 16.2v1.6M2.2 10h1.6M16.2 10h1.6M4.5 4.5l1.1 1.1M14.4 14.4l1.1 1.1M15.5 4.5l-1.1 1.1M5.6 14.4l-1.1 1.1" />
  </>,
);
export const MoonIcon = icon(<path d="M16.5 11.8A6.8 6.8 0 0 1 8.2 3.5a6.8 6.8 0 1 0 8.3 8.3Z" />);
export const SystemIcon = icon(
  <>
    <rect x="2.8" y="3.8" width="14.4" height="9.6" rx="1.6" />
    <path d="M7.5 16.6h5" />
  </>,
);
export const DownloadIcon = icon(<path d="M10 3.2v9M6.4 8.8 10 12.4l3.6-3.6M3.8 16.4h12.4" />);
export const TableIcon = icon(
  <>
    <rect x="3" y="4" width="14" height="12" rx="1.8" />
    <path d="M3 8.2h14M3 12.2h14M9 8.2V16" />
  </>,
);
export const ChartIcon = icon(<path d="M3.5 16.5h13M5.5 13.5V9M10 13.5v-9M14.5 13.5V7" />);
export const SyncIcon = icon(
  <>
    <path d="M16.4 9.4A6.5 6.5 0 0 0 4.6 6.3L3.4 8M3.6 10.6a6.5 6.5 0 0 0 11.8 3.1l1.2-1.7" />
    <path d="M3.2 4.4V8h3.6M16.8 15.6V12h-3.6" />
  </>,
);
export const WarningIcon = icon(
  <>
    <path d="M10 3.4 2.9 15.6a.9.9 0 0 0 .8 1.4h12.6a.9.9 0 0 0 .8-1.4L10 3.4Z" />
    <path d="M10 8.2v3.6M10 14.3v.1" />
  </>,
);
export const InfoIcon = icon(
  <>
    <circle cx="10" cy="10" r="7" />
    <path d="M10 9.4v4M10 6.7v.1" />
  </>,
);
export const CopyIcon = icon(
  <>
    <rect x="7" y="7" width="9.5" height="9.5" rx="1.8" />
    <path d="M13 7V5.2c0-1-.8-1.7-1.7-1.7H5.2c-1 0-1.7.8-1.7 1.7v6.1c0 1 .8 1.7 1.7 1.7H7" />
  </>,
);
export const MenuIcon = icon(<path d="M3.5 6h13M3.5 10h13M3.5 14h13" />);
export const ArrowUpIcon = icon(<path d="M10 16V4.5M5.5 9 10 4.5 14.5 9" />);
export const ArrowDownIcon = icon(<path d="M10 4v11.5M5.5 11l4.5 4.5 4.5-4.5" />);
export const StoreIcon = icon(
  <path d="M4 9v7.2h12V9M3 7.6l1.4-4h11.2l1.4 4c0 1.2-1 2-2.2 2S12.400 8.800 12.400 7.600c0 1.200-1.100 2-2.400 2s-2.400-.800-2.400-2c0 1.200-1.200 2-2.400 2S3 8.800 3 7.600Z" />,
);
export const MegaphoneIcon = icon(
  <path d="M3.500 8.200v3.600h2.800l7.700 3.800V4.400L6.300 8.200H3.500ZM6.300 11.800l1 4.200h2.200l-.700-3M16.500 8.600v2.800" />,
);
export const PlugIcon = icon(
  <path d="M7 2.800v4M13 2.800v4M5 6.800h10v2.400a5 5 0 0 1-10 0V6.800ZM10 14.200v3" />,
);

export const HistoryIcon = icon(
  <>
    <path d="M3.5 10a6.5 6.5 0 1 0 2-4.7L3.5 7" />
    <path d="M3.5 3.5V7H7M10 6.5V10l2.5 1.5" />
  </>,
);
