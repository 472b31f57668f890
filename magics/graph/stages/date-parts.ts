/** Dates as numbers, without a Date object a row. Enters: seconds since 1970 UTC or ISO text; leaves: parts. */
import type { DatePart } from "./stages.ts";

/** One part of an instant, UTC. @param seconds since 1970; NaN gives NaN */
export function datePart(part: DatePart, seconds: number): number {
  const days = Math.floor(seconds / 86_400);
  switch (part) {
    case "hour":
      return Math.floor((seconds - days * 86_400) / 3600);
    case "weekday":
      return (((days + 3) % 7) + 7) % 7; // 1 January 1970 was a Thursday
    case "year":
      return civil(days).year;
    case "month":
      return civil(days).month;
    case "dayOfYear": {
      const { year, month, day } = civil(days);
      return daysBefore[month - 1]! + day + (month > 2 && isLeap(year) ? 1 : 0);
    }
    default:
      throw new Error(`date part ${String(part satisfies never)}`);
  }
}

const daysBefore = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];

function isLeap(year: number): boolean {
  return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
}

/** Year, month and day of a day number since 1970. Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", civil_from_days. */
function civil(days: number): { year: number; month: number; day: number } {
  if (!Number.isFinite(days)) return { year: Number.NaN, month: Number.NaN, day: Number.NaN };
  const shifted = days + 719_468; // from 0000-03-01
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153); // 0 = March
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  const day = dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1;
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day };
}

const isoDate =
  /^([+-]?\d{4,6})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(\.\d+)?)?\s*(Z|[+-]\d{2}(?::?\d{2})?)?)?$/;

/** Seconds since 1970 of "2024-05-01", "2024-05-01 12:30" or "2024-05-01T12:30:00Z"; without a zone it is UTC. Undefined for other text. */
export function parseDate(text: string): number | undefined {
  const match = isoDate.exec(text.trim());
  if (!match) return undefined;
  const [year, month, day, hour = 0, minute = 0, second = 0, fraction = 0] = match
    .slice(1, 8)
    .map((part) => (part === undefined ? undefined : Number(part)));
  const millis = Date.UTC(year!, month! - 1, day!, hour, minute, second);
  const date = new Date(millis);
  if (date.getUTCMonth() !== month! - 1 || date.getUTCDate() !== day! || hour > 23 || minute > 59) return undefined;
  return millis / 1000 + fraction - zoneSeconds(match[8]);
}

function zoneSeconds(zone: string | undefined): number {
  if (zone === undefined || zone === "Z") return 0;
  const sign = zone.startsWith("-") ? -1 : 1;
  return sign * (Number(zone.slice(1, 3)) * 3600 + Number(zone.slice(3).replace(":", "") || 0) * 60);
}
