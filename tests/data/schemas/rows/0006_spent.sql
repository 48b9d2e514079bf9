-- Of a brand that is gone.
INSERT INTO spendings (brand_id, customer_id, collector, day, calls, micro_usd) VALUES
    ('01900000-0000-7000-8000-00000000001f', '01900000-0000-7000-8000-000000000001', 'claude', '2026-11-02', 3, 700);
