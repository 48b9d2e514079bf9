import { Button, Menu } from "@mantine/core";
import { IconChevronDown } from "@tabler/icons-react";
import { useNavigate } from "react-router";

import { api, body, type JobType } from "../api/client";
import { useMay } from "../api/queries";
import { useAction } from "./actions";

interface Choice {
  value: JobType;
  label: string;
  isTest?: boolean;
}

const CHOICES: Choice[] = [
  { value: "data_collection_and_scoring", label: "Collect and score" },
  { value: "data_collection", label: "Collect only" },
  { value: "scoring", label: "Score what is there" },
  { value: "data_collection_and_scoring", label: "As a test, which counts nowhere", isTest: true },
];

/** Collect now, score now, or both; leads to the run. */
export function CollectMenu({ brandId, size = "sm" }: { brandId: string; size?: string }) {
  const mayRun = useMay("operator");
  const navigate = useNavigate();
  const start = useAction({
    run: ({ value, isTest = false }: Choice) =>
      body(
        api.POST("/api/admin/brands/{brand_id}/runs", {
          params: { path: { brand_id: brandId } },
          body: { job_type: value, metadata: value === "scoring" ? {} : { parallel: true }, is_test: isTest },
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
        {CHOICES.map((choice) => (
          <Menu.Item key={choice.label} onClick={() => start.mutate(choice)}>
            {choice.label}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
