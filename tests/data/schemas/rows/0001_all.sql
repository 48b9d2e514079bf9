-- A customer with a token, a brand with all that it can have, and a run that asked two engines.
INSERT INTO customers (id, name, created_at) VALUES
    ('01900000-0000-7000-8000-000000000001', 'Customer of Ledgerly', '2026-11-01Z'),
    ('01900000-0000-7000-8000-000000000002', 'Customer without a brand', '2026-11-02Z');
INSERT INTO api_tokens (id, customer_id, name, role, token_hash, created_at) VALUES
    ('01900000-0000-7000-8000-000000000003', '01900000-0000-7000-8000-000000000001', 'of a page', 'viewer',
     decode(repeat('ab', 32), 'hex'), '2026-11-01Z');
INSERT INTO idempotency_keys (caller, key, method, request_hash, response, created_at) VALUES
    ('*/admin', 'key', 'answerbeat.v1.CreateCustomerRequest', decode(repeat('cd', 32), 'hex'), 'x', '2026-11-01Z');
INSERT INTO brands (id, customer_id, name, aliases, domains, ai_models, created_at, updated_at) VALUES
    ('01900000-0000-7000-8000-000000000010', '01900000-0000-7000-8000-000000000001', 'Ledgerly', '{Ledgerly App}',
     '{ledgerly.example}', '{chatgpt,perplexity}', '2026-11-01Z', '2026-11-01Z');
INSERT INTO competitors (id, customer_id, brand_id, name, domains, created_at) VALUES
    ('01900000-0000-7000-8000-000000000011', '01900000-0000-7000-8000-000000000001',
     '01900000-0000-7000-8000-000000000010', 'Countwise', '{countwise.example}', '2026-11-01Z');
INSERT INTO topics (id, customer_id, brand_id, name, created_at) VALUES
    ('01900000-0000-7000-8000-000000000012', '01900000-0000-7000-8000-000000000001',
     '01900000-0000-7000-8000-000000000010', 'Invoicing', '2026-11-01Z');
INSERT INTO generated_queries (id, customer_id, brand_id, topic_id, text, is_active, locale, country, created_at) VALUES
    ('01900000-0000-7000-8000-000000000013', '01900000-0000-7000-8000-000000000001',
     '01900000-0000-7000-8000-000000000010', '01900000-0000-7000-8000-000000000012', 'Which invoicing app is best?',
     true, 'en', 'US', '2026-11-01Z'),
    ('01900000-0000-7000-8000-000000000014', '01900000-0000-7000-8000-000000000001',
     '01900000-0000-7000-8000-000000000010', '01900000-0000-7000-8000-000000000012', 'Which one was best?',
     false, NULL, NULL, '2026-11-01Z');
INSERT INTO scheduled_jobs (id, customer_id, brand_id, job_type, cron_expression, timezone, is_active, metadata,
                            overlap_policy, catch_up, catchup_window_seconds, jitter_seconds, max_attempts,
                            timeout_seconds, depends_on, next_run_at, last_run_at, last_run_status, created_at,
                            updated_at, created_by, version, deleted_at) VALUES
    ('01900000-0000-7000-8000-000000000020', '01900000-0000-7000-8000-000000000001',
     '01900000-0000-7000-8000-000000000010', 'data_collection_and_scoring', '0 9 * * *', 'Europe/Berlin', true,
     '{"parallel": true}', 'skip', 'latest', 86400, 0, 3, 3600, NULL, '2199-01-01 08:00Z', '2026-11-02 08:00Z',
     'completed', '2026-11-01Z', '2026-11-01Z', 'admin', 1, NULL),
    ('01900000-0000-7000-8000-000000000021', '01900000-0000-7000-8000-000000000001',
     '01900000-0000-7000-8000-000000000010', 'scoring', '@weekly', 'UTC', false, '{}', 'queue', 'none', 0, 30, 1, 60,
     '01900000-0000-7000-8000-000000000020', NULL, NULL, NULL, '2026-11-01Z', '2026-11-01Z', 'admin', 2, '2026-11-02Z');
INSERT INTO job_runs (id, customer_id, brand_id, scheduled_job_id, job_type, status, trigger, scheduled_for,
                      available_at, attempt, max_attempts, timeout_seconds, worker_id, started_at, finished_at,
                      progress, metrics, metadata, created_at, change_xid) VALUES
    ('01900000-0000-7000-8000-000000000030', '01900000-0000-7000-8000-000000000001',
     '01900000-0000-7000-8000-000000000010', '01900000-0000-7000-8000-000000000020', 'data_collection_and_scoring',
     'completed', 'schedule', '2026-11-02 08:00Z', '2026-11-02 08:00Z', 1, 3, 3600, 'w-1', '2026-11-02 08:00Z',
     '2026-11-02 08:01Z', '{"data_collection": {"done": 2, "total": 2}}', '{"data_collection": {"cost_usd": 0.01}}',
     '{"parallel": true}', '2026-11-02 08:00Z', 7),
    ('01900000-0000-7000-8000-000000000031', '01900000-0000-7000-8000-000000000001',
     '01900000-0000-7000-8000-000000000010', NULL, 'scoring', 'cancelled', 'manual', '2026-11-03Z', '2026-11-03Z',
     0, 3, 3600, NULL, NULL, '2026-11-03Z', '{}', '{}', '{}', '2026-11-03Z', 8);
INSERT INTO schedule_events (id, customer_id, schedule_id, occurred_at, kind, reason, run_id, scheduled_for, actor)
VALUES
    ('01900000-0000-7000-8000-000000000040', '01900000-0000-7000-8000-000000000001',
     '01900000-0000-7000-8000-000000000020', '2026-11-02 08:00Z', 'fired', 'Due.',
     '01900000-0000-7000-8000-000000000030', '2026-11-02 08:00Z', 'scheduler');
INSERT INTO limits (scope, key, max_concurrent, max_per_minute, updated_at, updated_by) VALUES
    ('brand', '01900000-0000-7000-8000-000000000010', 2, NULL, '2026-11-01Z', 'admin'),
    ('collector', 'chatgpt', NULL, 60, '2026-11-01Z', 'admin');
INSERT INTO query_executions (id, customer_id, brand_id, job_run_id, query_id, question, collector, status, attempts,
                              latency_ms, cost_micro_usd, error_kind, error_message, asked_at, finished_at) VALUES
    ('01900000-0000-7000-8000-000000000050', '01900000-0000-7000-8000-000000000001',
     '01900000-0000-7000-8000-000000000010', '01900000-0000-7000-8000-000000000030',
     '01900000-0000-7000-8000-000000000013', 'Which invoicing app is best?', 'chatgpt', 'answered', 1, 900, 10000, NULL,
     NULL, '2026-11-02 08:00Z', '2026-11-02 08:00:01Z'),
    ('01900000-0000-7000-8000-000000000051', '01900000-0000-7000-8000-000000000001',
     '01900000-0000-7000-8000-000000000010', '01900000-0000-7000-8000-000000000030',
     '01900000-0000-7000-8000-000000000013', 'Which invoicing app is best?', 'perplexity', 'unknown', 1, NULL, 0,
     'timeout', 'No answer in time.', '2026-11-02 08:00Z', '2026-11-02 08:00:30Z');
INSERT INTO collector_results (id, customer_id, brand_id, job_run_id, query_id, question, topic, collector, model,
                               answer, engine_citations, search_queries, finish_reason, input_tokens, output_tokens,
                               cost_micro_usd, latency_ms, raw_response, created_at) VALUES
    ('01900000-0000-7000-8000-000000000060', '01900000-0000-7000-8000-000000000001',
     '01900000-0000-7000-8000-000000000010', '01900000-0000-7000-8000-000000000030',
     '01900000-0000-7000-8000-000000000013', 'Which invoicing app is best?', 'Invoicing', 'chatgpt', 'gpt',
     '1. Countwise
2. Ledgerly is great.', '[{"url": "https://countwise.example/a", "title": "A"}]', '{invoicing apps}', 'stop', 10, 20,
     10000, 900, '{}', '2026-11-02 08:00:01Z');
INSERT INTO extracted_positions (collector_result_id, customer_id, brand_id, name, is_brand, mentions, position,
                                 version) VALUES
    ('01900000-0000-7000-8000-000000000060', '01900000-0000-7000-8000-000000000001',
     '01900000-0000-7000-8000-000000000010', 'Ledgerly', true, 1, 2, 1),
    ('01900000-0000-7000-8000-000000000060', '01900000-0000-7000-8000-000000000001',
     '01900000-0000-7000-8000-000000000010', 'Countwise', false, 1, 1, 1);
INSERT INTO extracted_sentiments (collector_result_id, customer_id, brand_id, name, is_brand, label, score, sentences,
                                  version) VALUES
    ('01900000-0000-7000-8000-000000000060', '01900000-0000-7000-8000-000000000001',
     '01900000-0000-7000-8000-000000000010', 'Ledgerly', true, 'positive', 0.9, '{Ledgerly is great.}', 1);
INSERT INTO citations (collector_result_id, customer_id, brand_id, ordinal, url, title, domain, owner) VALUES
    ('01900000-0000-7000-8000-000000000060', '01900000-0000-7000-8000-000000000001',
     '01900000-0000-7000-8000-000000000010', 1, 'https://countwise.example/a', 'A', 'countwise.example', 'Countwise');
