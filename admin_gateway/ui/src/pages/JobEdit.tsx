import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate, useParams } from "react-router";

import { api, Problem, type Job } from "../api/client";
import { useBrandName, useJob } from "../api/queries";
import { PageTitle } from "../components/bits";
import { JobForm, type JobValues } from "../components/JobForm";
import { Loaded } from "../components/states";
import { Versions } from "../components/Versions";

const NAMES = [
  "job_type", "cron_expression", "timezone", "is_active", "metadata", "overlap_policy", "catch_up", "jitter_seconds",
  "max_attempts", "timeout_seconds", "pause_after_failures", "depends_on",
] as const;

function valuesOf(job: Job): JobValues {
  return { brand_id: job.brand_id, ...Object.fromEntries(NAMES.map((name) => [name, job[name]])) } as unknown as JobValues;
}

interface Conflict {
  theirs: Job & { etag: string };
  mine: JobValues;
}

export function Component() {
  const { jobId = "" } = useParams();
  const job = useJob(jobId);
  const navigate = useNavigate();
  const client = useQueryClient();
  const [conflict, setConflict] = useState<Conflict | null>(null);
  // The version the form began with: another's change in the meantime must not slip in under it.
  const [base, setBase] = useState<(Job & { etag: string }) | null>(null);
  const current = base ?? job.data;
  if (!base && job.data && !job.isFetching) setBase(job.data);
  const name = useBrandName(current?.brand_id);
  return (
    <Loaded query={job}>
      {current && (
        <>
          <PageTitle title={`Edit the job of ${name}`} />
          <JobForm
            key={`${current.etag} ${conflict ? "mine" : "theirs"}`}
            initial={conflict ? conflict.mine : valuesOf(current)}
            isNew={false}
            submit={conflict ? "Save mine over theirs" : "Save"}
            extra={
              conflict && (
                <Versions
                  what="job"
                  names={NAMES}
                  theirs={valuesOf(conflict.theirs)}
                  mine={conflict.mine}
                  takeTheirs={() => setConflict(null)}
                />
              )
            }
            save={async (values) => {
              const changes = Object.fromEntries(NAMES.map((name) => [name, values[name]]));
              try {
                await api.PUT("/api/admin/scheduled-jobs/{job_id}", {
                  params: { path: { job_id: jobId }, header: { "if-match": current.etag } },
                  body: changes,
                });
              } catch (error) {
                if (!(error instanceof Problem) || error.status !== 412) throw error;
                const theirs = (await job.refetch()).data!;
                setConflict({ theirs, mine: values });
                setBase(theirs);
                return;
              }
              await client.invalidateQueries({ queryKey: ["job", jobId] });
              void client.invalidateQueries({ queryKey: ["jobs"] });
              await navigate(`/admin/scheduled-jobs/${jobId}`);
            }}
          />
        </>
      )}
    </Loaded>
  );
}
