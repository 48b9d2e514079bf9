/** A run or an answer that is left out of the numbers: why, by whom, and back again. */
import { Alert, Button, Group, Modal, Stack, Text, Textarea } from "@mantine/core";
import { useState } from "react";

import { api, type Schemas } from "../api/client";
import { useMay } from "../api/queries";
import { useAction } from "./actions";
import { Moment } from "./bits";

const MAX_REASON = 500;

interface Aside {
  what: "run" | "answer";
  aside: Schemas["SetAside"] | null;
  leaveOut: (reason: string) => Promise<unknown>;
  takeBack: () => Promise<unknown>;
  changes: readonly unknown[][];
}

export function RunAside({ run }: { run: Schemas["JobRun"] }) {
  const path = { params: { path: { run_id: run.id } } };
  return (
    <SetAside
      what="run"
      aside={run.set_aside}
      leaveOut={(reason) => api.PUT("/api/admin/job-runs/{run_id}/set-aside", { ...path, body: { reason } })}
      takeBack={() => api.DELETE("/api/admin/job-runs/{run_id}/set-aside", path)}
      changes={[["run", run.id], ["runs"], ["brand", run.brand_id]]}
    />
  );
}

export function AnswerAside({ answer, brandId }: { answer: Schemas["Answer"]; brandId: string }) {
  const path = { params: { path: { brand_id: brandId, answer_id: answer.id } } };
  return (
    <SetAside
      what="answer"
      aside={answer.set_aside}
      leaveOut={(reason) => api.PUT("/api/admin/brands/{brand_id}/answers/{answer_id}/set-aside", { ...path, body: { reason } })}
      takeBack={() => api.DELETE("/api/admin/brands/{brand_id}/answers/{answer_id}/set-aside", path)}
      changes={[["brand", brandId]]}
    />
  );
}

function SetAside({ what, aside, leaveOut, takeBack, changes }: Aside) {
  const mayDecide = useMay("operator");
  const [isAsking, setIsAsking] = useState(false);
  const back = useAction({ run: takeBack, said: () => `The ${what} counts again.`, changes: () => [...changes] });
  if (aside) {
    return (
      <Alert color="yellow" mb="md">
        <Group justify="space-between" gap="xs">
          <LeftOut aside={aside} />
          {mayDecide && (
            <Button size="xs" variant="default" loading={back.isPending} onClick={() => back.mutate(undefined)}>
              Take back
            </Button>
          )}
        </Group>
      </Alert>
    );
  }
  if (!mayDecide) return null;
  return (
    <>
      <Button size="xs" variant="subtle" onClick={() => setIsAsking(true)}>
        Leave out of the numbers…
      </Button>
      {isAsking && <Asking what={what} leaveOut={leaveOut} changes={changes} onClose={() => setIsAsking(false)} />}
    </>
  );
}

export function LeftOut({ aside, run = false }: { aside: Schemas["SetAside"]; run?: boolean }) {
  return (
    <Text size="sm" style={{ overflowWrap: "anywhere" }}>
      {run ? "Its run is left out by" : "Left out by"} {aside.by} on <Moment at={aside.at} mode="local" />: {aside.reason}
    </Text>
  );
}

function Asking({ what, leaveOut, changes, onClose }: Omit<Aside, "aside" | "takeBack"> & { onClose: () => void }) {
  const [reason, setReason] = useState("");
  const action = useAction({ run: leaveOut, said: () => `The ${what} is left out of the numbers.`, changes: () => [...changes], onDone: onClose });
  return (
    <Modal opened onClose={onClose} title={`Leave this ${what} out of the numbers?`} centered closeButtonProps={{ "aria-label": "Close" }}>
      <Stack>
        <Text size="sm">It stays to be read, and can be taken back.</Text>
        <Textarea label="Why" value={reason} maxLength={MAX_REASON} autosize minRows={2} data-autofocus onChange={(event) => setReason(event.currentTarget.value)} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Let it count
          </Button>
          <Button disabled={!reason.trim()} loading={action.isPending} onClick={() => action.mutate(reason.trim())}>
            Leave it out
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
