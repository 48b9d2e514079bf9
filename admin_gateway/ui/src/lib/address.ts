/** The address is the state: filters live in it, so that reload, back and a shared link work. */
import { useSearchParams } from "react-router";

import type { Window } from "../api/queries";

export function useAddress(): [(name: string) => string | undefined, (changes: Record<string, string | null | undefined>) => void] {
  const [params, setParams] = useSearchParams();
  const get = (name: string) => params.get(name) ?? undefined;
  const set = (changes: Record<string, string | null | undefined>) =>
    setParams(
      (old) => {
        const next = new URLSearchParams(old);
        for (const [name, value] of Object.entries(changes)) {
          if (value) next.set(name, value);
          else next.delete(name);
        }
        return next;
      },
      { replace: false },
    );
  return [get, set];
}

/** The address of the answers behind a number. */
export function answersOf(brandId: string, window: Window, more: Record<string, string | undefined>): string {
  const given = Object.entries({ ...window, ...more }).filter((pair): pair is [string, string] => Boolean(pair[1]));
  return `/admin/brands/${brandId}/answers?${new URLSearchParams(given).toString()}`;
}
