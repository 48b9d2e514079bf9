-- What was to be counted was marked on the answers.
UPDATE collector_results SET is_rollup_due = true;
