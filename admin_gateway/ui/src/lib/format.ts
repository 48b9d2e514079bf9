/** How numbers, money and times are written. */

export function percent(share: number, digits = 0): string {
  return `${(share * 100).toFixed(digits)}%`;
}

export function dollars(microUsd: number | null): string {
  if (microUsd === null) return "price unknown";
  const usd = microUsd / 1_000_000;
  if (usd > 0 && usd < 0.000_05) return "under $0.0001";
  const isSmall = usd !== 0 && Math.abs(usd) < 1;
  return usd.toLocaleString("en-US", {
    style: "currency",
    currency: "USD",
    minimumFractionDigits: isSmall ? 4 : 2,
    maximumFractionDigits: isSmall ? 4 : 2,
  });
}

export function count(many: number, one: string, several = `${one}s`): string {
  return `${many.toLocaleString("en-US")} ${many === 1 ? one : several}`;
}

export function seconds(value: number): string {
  if (value < 1) return value === 0 ? "0 s" : `${Math.round(value * 1000)} ms`;
  if (value < 90) return `${short(value)} s`;
  if (value < 5_400) return `${short(value / 60)} min`;
  return `${short(value / 3_600)} h`;
}

/** With a decimal below ten, where it says something. */
function short(value: number): string {
  return value.toFixed(value < 10 ? 1 : 0).replace(/\.0$/, "");
}

/** A time in the viewer's zone. */
export function local(iso: string): string {
  return new Date(iso).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}

export function utc(iso: string): string {
  return `${new Date(iso).toISOString().replace("T", " ").slice(0, 19)} UTC`;
}

/** How long ago or ahead, in the largest unit that says something. */
export function relative(iso: string, now: number): string {
  const span = (new Date(iso).getTime() - now) / 1000;
  const units = [["day", 86_400], ["hour", 3_600], ["minute", 60], ["second", 1]] as const;
  const [unit, size] = units.find(([, length]) => Math.abs(span) >= length) ?? ["second", 1];
  return new Intl.RelativeTimeFormat("en", { numeric: "auto" }).format(Math.trunc(span / size), unit);
}

export function day(iso: string): string {
  const parsed = new Date(`${iso.slice(0, 10)}T00:00:00Z`);
  return parsed.toLocaleDateString("en", { day: "numeric", month: "short", timeZone: "UTC" });
}

interface Placed {
  locale: string | null;
  country: string | null;
  city: string | null;
}

/** Where a question was asked from, such as "Berlin, DE, de"; empty where nobody told. */
export function placeOf({ city, country, locale }: Placed): string {
  return [city, country, locale].filter(Boolean).join(", ");
}
