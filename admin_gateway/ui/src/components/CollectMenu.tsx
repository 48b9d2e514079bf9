import { Button, Menu } from "@mantine/core";
import { IconChevronDown } from "@tabler/icons-react";
import { useNavigate } from "react-router";

import { api, body, type JobType } from "../api/client";
import { useMay } from "../api/queries";
import { useAction } from "./actions";

const CHOICES: { value: JobType; label: string }[] = [
  { value: "data_collection_and_scoring", label: "Collect and score" },
  { value: "data_collection", label: "Collect only" },
  { value: "scoring", label: "Score what is there" },
];

/** Collect now, score now, or both; leads to the run. */
export function CollectMenu({ brandId, size = "sm" }: { brandId: string; size?: string }) {
  const mayRun = useMay("operator");
  const navigate = useNavigate();
  const start = useAction({
    run: (job_type: JobType) =>
      body(
        api.POST("/api/admin/brands/{brand_id}/runs", {
          params: { path: { brand_id: brandId } },
          body: { job_type, metadata: job_type === "scoring" ? {} : { parallel: true } },
        }),
      ),
    said: () => "The run has begun.",
    changes: () => [["runs"], ["brand", brandId, "diagnostics"]],
    onDone: (run) => void navigate(`/admin/runs/${run.id}`),
  });
  if (!mayRun) return null;
  return (
    <Menu position="bottom-start">
      <Menu.Target>
        <Button size={size} variant="default" rightSection={<IconChevronDown size={14} />} loading={start.isPending}>
          Run now
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {CHOICES.map(({ value, label }) => (
          <Menu.Item key={value} onClick={() => start.mutate(value)}>
            {label}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
