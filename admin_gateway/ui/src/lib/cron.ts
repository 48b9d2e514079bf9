/** The presets of the schedule builder. What an expression means is the server's to say. */

export type Preset = "daily" | "weekdays" | "weekly" | "hourly" | "free";

export interface Built {
  preset: Preset;
  time: string;
  weekday: string;
  hours: string;
  expression: string;
}

export const PRESETS: { value: Preset; label: string }[] = [
  { value: "daily", label: "Every day" },
  { value: "weekdays", label: "On weekdays" },
  { value: "weekly", label: "Once a week" },
  { value: "hourly", label: "Every few hours" },
  { value: "free", label: "Cron expression" },
];

export const WEEKDAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
export const HOURS = ["1", "2", "3", "4", "6", "8", "12"];

export function build(choice: Built): string {
  const [hour, minute] = choice.time.split(":").map(Number);
  switch (choice.preset) {
    case "daily":
      return `${minute ?? 0} ${hour ?? 0} * * *`;
    case "weekdays":
      return `${minute ?? 0} ${hour ?? 0} * * 1-5`;
    case "weekly":
      return `${minute ?? 0} ${hour ?? 0} * * ${choice.weekday}`;
    case "hourly":
      return choice.hours === "1" ? "0 * * * *" : `0 */${choice.hours} * * *`;
    case "free":
      return choice.expression;
  }
}

/** Which preset an expression is, if it is one. */
export function recognise(expression: string): Built {
  const found = { preset: "free" as Preset, time: "09:00", weekday: "1", hours: "6", expression };
  const timed = /^(\d{1,2}) (\d{1,2}) \* \* (\*|1-5|[0-6])$/.exec(expression.trim());
  if (timed) {
    const [, minute = "0", hour = "9", days = "*"] = timed;
    const time = `${hour.padStart(2, "0")}:${minute.padStart(2, "0")}`;
    const preset = days === "*" ? "daily" : days === "1-5" ? "weekdays" : "weekly";
    return { ...found, preset, time, weekday: preset === "weekly" ? days : "1" };
  }
  const hours = /^0 (?:\*|\*\/(\d{1,2})) \* \* \*$/.exec(expression.trim());
  if (hours && HOURS.includes(hours[1] ?? "1")) return { ...found, preset: "hourly", hours: hours[1] ?? "1" };
  return found;
}
