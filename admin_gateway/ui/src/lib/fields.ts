/** The server's words about a field, put at the field. */
import type { UseFormReturnType } from "@mantine/form";

import { Problem } from "../api/client";

/** Marks the fields at fault; gives what is left to be told of the form as a whole. */
export function markFields<T>(form: UseFormReturnType<T>, error: unknown, known: (field: string) => string | null) {
  if (!(error instanceof Problem)) return error instanceof Error ? error.message : String(error);
  const errors: Record<string, string> = {};
  const rest: string[] = [];
  for (const [field, message] of Object.entries(error.fields)) {
    const at = known(field);
    if (at) errors[at] = errors[at] ? `${errors[at]}; ${message}` : message;
    else rest.push(field === "body" ? message : `${field}: ${message}`);
  }
  form.setErrors(errors);
  return Object.keys(error.fields).length ? rest.join(" ") : error.detail;
}
