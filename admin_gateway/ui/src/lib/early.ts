/** A part of a page that comes after the rest, but is fetched beside its data, not after it. */
import { lazy, type ComponentType } from "react";

export function early<Props>(load: () => Promise<{ default: ComponentType<Props> }>) {
  load().catch(() => undefined); // told when it is shown, where a second try fails as well
  return lazy(load);
}
