-- A place, a price that nobody knows, a page without an overview, and what a person said of a question and an answer.
UPDATE query_executions SET country = 'DE', city = 'Berlin', is_branded = true, cost_micro_usd = NULL
WHERE id = '01900000-0000-7000-8000-000000000050';
UPDATE collector_results SET country = 'DE', city = 'Berlin', is_branded = true, cost_micro_usd = NULL,
                             searched = '[{"url": "https://found.example/", "title": null}]';
UPDATE generated_queries SET is_branded = true WHERE id = '01900000-0000-7000-8000-000000000013';
INSERT INTO query_executions (id, customer_id, brand_id, job_run_id, query_id, question, topic, collector, status,
                              attempts, asked_at, finished_at, day, cost_micro_usd) VALUES
    ('01900000-0000-7000-8000-000000000054', '01900000-0000-7000-8000-000000000001',
     '01900000-0000-7000-8000-000000000010', '01900000-0000-7000-8000-000000000030',
     '01900000-0000-7000-8000-000000000013', 'Which invoicing app is best?', 'Invoicing', 'google_aio', 'no_overview', 1,
     '2026-11-02 08:00Z', '2026-11-02 08:00:02Z', '2026-11-02', 15000);
INSERT INTO set_asides (id, customer_id, brand_id, answer_id, reason, set_by, set_at, back_by, back_at) VALUES
    ('01900000-0000-7000-8000-000000000080', '01900000-0000-7000-8000-000000000001',
     '01900000-0000-7000-8000-000000000010', '01900000-0000-7000-8000-000000000060', 'An outage.', 'admin',
     '2026-11-03Z', 'admin', '2026-11-04Z');
INSERT INTO rollups_due (brand_id, query_id, collector, day) VALUES
    ('01900000-0000-7000-8000-000000000010', '01900000-0000-7000-8000-000000000013', 'google_aio', '2026-11-02');
