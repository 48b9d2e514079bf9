INSERT INTO imported_answers (brand_id, key, customer_id, run_id, line, query_id, question, topic, collector, sample,
                              model, surface, answered_at, day, text, format, sources) VALUES
    ('01900000-0000-7000-8000-000000000010', decode(repeat('ba', 32), 'hex'), '01900000-0000-7000-8000-000000000001',
     '01900000-0000-7000-8000-000000000031', 1, '01900000-0000-7000-8000-000000000013', 'Which invoicing app is best?',
     'Invoicing', 'chatgpt', 1, 'gpt', 'app', '2026-11-02 08:00Z', '2026-11-02', 'Ledgerly.', 'text', '[]');
