INSERT INTO query_executions (id, customer_id, brand_id, job_run_id, query_id, question, collector, answer_id, status,
                              attempts, asked_at, finished_at, cost_micro_usd) VALUES
    ('01900000-0000-7000-8000-000000000053', '01900000-0000-7000-8000-000000000001',
     '01900000-0000-7000-8000-000000000010', '01900000-0000-7000-8000-000000000030',
     '01900000-0000-7000-8000-000000000013', 'Which invoicing app is best?', 'claude',
     '01900000-0000-7000-8000-000000000060', 'answered', 1, '2026-11-02 08:00Z', '2026-11-02 08:00Z', 50);
UPDATE extracted_sentiments SET judge = 'claude/model';
INSERT INTO tone_judgements (brand_id, digest, tone, judged_at) VALUES
    ('01900000-0000-7000-8000-000000000010', decode(repeat('ef', 32), 'hex'), 'positive', '2026-11-02 08:00Z');
