INSERT INTO limits (scope, key, max_micro_usd_per_day, max_micro_usd_per_month, updated_at, updated_by) VALUES
    ('customer', '01900000-0000-7000-8000-000000000001', 5000000, 90000000, '2026-11-01Z', 'admin');
INSERT INTO spendings (brand_id, customer_id, collector, day, calls, micro_usd) VALUES
    ('01900000-0000-7000-8000-000000000010', '01900000-0000-7000-8000-000000000001', 'chatgpt', '2026-11-02', 1, 10000);
INSERT INTO engine_pauses (collector, until, failures, reason) VALUES
    ('perplexity', '2026-11-02 08:10Z', 5, 'it failed five times in a row');
INSERT INTO query_executions (id, customer_id, brand_id, job_run_id, query_id, question, collector, sample, status,
                              attempts, asked_at, finished_at, error_kind, error_message) VALUES
    ('01900000-0000-7000-8000-000000000052', '01900000-0000-7000-8000-000000000001',
     '01900000-0000-7000-8000-000000000010', '01900000-0000-7000-8000-000000000030',
     '01900000-0000-7000-8000-000000000013', 'Which invoicing app is best?', 'chatgpt', 2, 'failed', 0,
     '2026-11-02 08:00Z', '2026-11-02 08:00Z', 'budget', 'The budget is spent.');
