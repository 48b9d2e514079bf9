import { api } from "../api/client";
import { useAction } from "./actions";
import { Confirm } from "./Confirm";

interface Props {
  jobId: string;
  opened: boolean;
  onClose: () => void;
  onDeleted?: () => void;
}

export function DeleteJob({ jobId, opened, onClose, onDeleted }: Props) {
  const action = useAction({
    run: () => api.DELETE("/api/admin/scheduled-jobs/{job_id}", { params: { path: { job_id: jobId } } }),
    said: () => "The job is deleted; its history stays.",
    changes: () => [["jobs"]],
    onDone: () => {
      onClose();
      onDeleted?.();
    },
  });
  return (
    <Confirm opened={opened} onClose={onClose} onConfirm={() => action.mutate(undefined)} isBusy={action.isPending} title="Delete this job?" confirm="Delete the job">
      It will not run again, and open runs are cancelled. Its runs, answers and events stay, and so do the numbers made of them.
    </Confirm>
  );
}
