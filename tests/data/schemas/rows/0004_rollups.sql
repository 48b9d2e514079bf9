UPDATE collector_results SET positions_rules = '1.0123456789abcdef', sentiments_rules = '1.0123456789abcdef';
INSERT INTO untracked_names (collector_result_id, brand_id, name, position) VALUES
    ('01900000-0000-7000-8000-000000000060', '01900000-0000-7000-8000-000000000010', 'Somebody Else', 3);
INSERT INTO name_rollups (brand_id, grain, starts_on, query_id, collector, name, topic, answers, named, mentions,
                          placed, position_sum, firsts, toned, tone_sum, missed)
SELECT '01900000-0000-7000-8000-000000000010', grain, starts_on, '01900000-0000-7000-8000-000000000013', 'chatgpt',
       'Ledgerly', 'Invoicing', 1, 1, 1, 1, 2, 0, 1, 0.9, 0
FROM (VALUES ('day', DATE '2026-11-02'), ('month', '2026-11-01'), ('year', '2026-01-01')) AS span (grain, starts_on);
INSERT INTO citation_rollups (brand_id, grain, starts_on, query_id, collector, domain, topic, owner, answers, citations)
SELECT '01900000-0000-7000-8000-000000000010', grain, starts_on, '01900000-0000-7000-8000-000000000013', 'chatgpt',
       'countwise.example', 'Invoicing', 'Countwise', 1, 1
FROM (VALUES ('day', DATE '2026-11-02'), ('month', '2026-11-01'), ('year', '2026-01-01')) AS span (grain, starts_on);
