-- Answers knew the version of the rules that had read them.
UPDATE collector_results SET positions_version = 1, sentiments_version = 1;
