/** A number with its interval and its change; it leads to the answers behind it. */
import { Anchor, Text, Tooltip } from "@mantine/core";
import { Link } from "react-router";

import type { Estimate } from "../api/client";
import { count } from "../lib/format";
import { change, interval, METRICS, written, type Metric } from "../lib/metrics";

interface Props {
  metric: Metric;
  of: Estimate;
  to: string;
  size?: "sm" | "xl";
}

export function Figure({ metric, of: estimate, to, size = "sm" }: Props) {
  const moved = change(metric, estimate);
  const range = interval(metric, estimate);
  const said = `${METRICS[metric].explained}; on ${count(estimate.count, "answer")}`;
  return (
    <div>
      <Tooltip label={`${said}. Opens them.`} events={{ hover: true, focus: true, touch: false }}>
        <Anchor component={Link} to={to} underline="hover" fw={size === "xl" ? 700 : 500} fz={size === "xl" ? 28 : "sm"} lh={1.2} aria-label={`${METRICS[metric].label} ${written(metric, estimate)}: see the answers`}>
          {written(metric, estimate)}
        </Anchor>
      </Tooltip>
      {range && (
        <Text size="xs" c="dimmed" style={{ whiteSpace: "nowrap" }}>
          {range}
        </Text>
      )}
      {moved && (
        <Text size="xs" fw={moved.isSure ? 700 : 400} c={moved.isSure ? undefined : "dimmed"}>
          {moved.text} {moved.isSure ? (moved.isGood ? "better" : "worse") : "within chance"}
        </Text>
      )}
    </div>
  );
}
