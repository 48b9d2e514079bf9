INSERT INTO worker_engines (worker_id, collector, title, model, missing, is_base_url_overridden, is_emulated,
                            expires_at) VALUES
    ('w-1', 'chatgpt', 'ChatGPT', 'gpt', NULL, false, false, '2026-11-02 08:01Z'),
    ('w-1', 'perplexity', 'Perplexity', 'sonar', 'PERPLEXITY_API_KEY is not set', false, false, '2026-11-02 08:01Z');
