INSERT INTO rollups_due (brand_id, query_id, collector, day) VALUES
    ('01900000-0000-7000-8000-000000000010', '01900000-0000-7000-8000-000000000013', 'chatgpt', '2026-11-02');
