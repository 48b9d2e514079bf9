/** Questions, pasted as lines or read from a CSV file. */
import { Alert, FileButton, Button, Group, Stack, Text, Textarea } from "@mantine/core";
import { IconUpload } from "@tabler/icons-react";
import { useState } from "react";

import { count } from "../lib/format";
import { asTopics, fromCsv, fromLines, toLines } from "../lib/questions";

const MAX_FILE_BYTES = 2_000_000;

export function QuestionInput({ value, onChange, error }: { value: string; onChange: (lines: string) => void; error?: string | null | undefined }) {
  const [fault, setFault] = useState<string | null>(null);
  const topics = asTopics(fromLines(value));
  const questions = topics.reduce((sum, topic) => sum + topic.queries.length, 0);
  const read = async (file: File | null) => {
    if (!file) return;
    if (file.size > MAX_FILE_BYTES) return setFault("The file is larger than 2 MB.");
    const found = asTopics(fromCsv(await file.text()));
    if (!found.length) return setFault("No question was found in the file. Name the column that holds them `question`; one named `topic` may stand beside it.");
    setFault(null);
    onChange([value.trim(), toLines(found)].filter(Boolean).join("\n\n"));
  };
  return (
    <Stack gap="xs">
      <Textarea
        label="Questions"
        description="One a line, as a buyer would ask. A line that begins with # names the topic of those below it."
        placeholder={"# Choosing\nWhich invoicing app is best for freelancers?\nWhat is the cheapest invoicing app?"}
        autosize
        minRows={8}
        maxRows={24}
        value={value}
        onChange={(event) => onChange(event.currentTarget.value)}
        error={error}
      />
      <Group justify="space-between">
        <Text size="sm" c="dimmed" aria-live="polite">
          {count(questions, "question")} in {count(topics.length, "topic")}
        </Text>
        <FileButton onChange={(file) => void read(file)} accept=".csv,text/csv,text/plain">
          {(props) => (
            <Button {...props} variant="default" size="xs" leftSection={<IconUpload size={14} />}>
              Add from a CSV file
            </Button>
          )}
        </FileButton>
      </Group>
      {fault && (
        <Alert color="red" role="alert">
          {fault}
        </Alert>
      )}
    </Stack>
  );
}
