/** Comma-separated values as RFC 4180 writes them, safe to open in a spreadsheet. */

export type Cell = string | number | null | undefined;

/** A leading =, +, @, tab or a dash that is no number would run as a formula in a spreadsheet. */
function defused(text: string): string {
  return /^[=+@\t\r]/.test(text) || (text.startsWith('-') && !/^-\d+(\.\d+)?$/.test(text))
    ? `'${text}`
    : text;
}

function cell(value: Cell): string {
  if (value === null || value === undefined) return '';
  const text = defused(String(value));
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export function toCsv(header: readonly string[], rows: readonly (readonly Cell[])[]): string {
  return [header, ...rows].map((row) => row.map(cell).join(',')).join('\r\n') + '\r\n';
}

/** Hands a text to the browser as a file. */
export function downloadCsv(name: string, text: string): void {
  // The byte order mark makes spreadsheets read UTF-8.
  const url = URL.createObjectURL(new Blob(['\ufeff', text], { type: 'text/csv;charset=utf-8' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 1_000);
}
