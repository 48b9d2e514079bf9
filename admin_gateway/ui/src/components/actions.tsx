/** What people do to jobs and runs: each asks the server, says what came of it, and has shown anew what it changed. */
import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";

import { words } from "../api/client";

const CLOSE = { "aria-label": "Close" };

interface Action<T, R> {
  run: (given: T) => Promise<R>;
  said: (result: R, given: T) => string;
  changes: (given: T) => readonly unknown[][];
  onDone?: (result: R) => void;
  /** Its errors are told where it was asked for, such as at a field. */
  isToldElsewhere?: boolean;
}

export function useAction<T, R>({ run, said, changes, onDone, isToldElsewhere }: Action<T, R>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: run,
    onSuccess: (result, given) => {
      notifications.show({ message: said(result, given), color: "teal", closeButtonProps: CLOSE });
      for (const queryKey of changes(given)) void client.invalidateQueries({ queryKey });
      onDone?.(result);
    },
    onError: (error) => {
      if (isToldElsewhere) return;
      notifications.show({ title: "That did not work", message: words(error), color: "red", autoClose: 10_000, role: "alert", closeButtonProps: CLOSE });
    },
  });
}
