-- Who sees what no process tells: each lease from its lending to its end, each call's beginning, and whoever writes
-- about a run without being its present holder. Writers say in whose name they write (worker_svc/run.py); a write in
-- nobody's name, or in the name of a lease that has ended, is caught in the act, by the database itself.
CREATE SCHEMA witness;

CREATE TABLE witness.leases (
    token      uuid PRIMARY KEY,
    run_id     uuid NOT NULL,
    worker_id  text NOT NULL,
    began      timestamptz NOT NULL DEFAULT clock_timestamp(),
    beats      integer NOT NULL DEFAULT 0,
    ended      timestamptz,
    became     text,
    said       text
);
CREATE INDEX ON witness.leases (run_id);
CREATE TABLE witness.asked (call_id uuid NOT NULL, token uuid, at timestamptz NOT NULL DEFAULT clock_timestamp());
CREATE INDEX ON witness.asked (call_id);
CREATE TABLE witness.caught (what text NOT NULL, run_id uuid, token text, at timestamptz DEFAULT clock_timestamp());

CREATE FUNCTION witness.of_runs() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.lease_token IS DISTINCT FROM OLD.lease_token THEN
        UPDATE witness.leases
        SET ended = clock_timestamp(), became = NEW.status, said = NEW.error_message
        WHERE token = OLD.lease_token;
        IF NEW.lease_token IS NOT NULL THEN
            INSERT INTO witness.leases (token, run_id, worker_id) VALUES (NEW.lease_token, NEW.id, NEW.worker_id);
        END IF;
    ELSIF NEW.lease_expires_at > OLD.lease_expires_at THEN
        UPDATE witness.leases SET beats = beats + 1 WHERE token = NEW.lease_token;
    END IF;
    IF OLD.status IN ('completed', 'failed', 'cancelled')
       AND (NEW.status, NEW.error_message, NEW.metrics) IS DISTINCT FROM (OLD.status, OLD.error_message, OLD.metrics) THEN
        INSERT INTO witness.caught VALUES ('a run that had ended was changed', NEW.id, NEW.lease_token);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER witness AFTER UPDATE ON job_runs FOR EACH ROW EXECUTE FUNCTION witness.of_runs();

-- What belongs to a run: its calls, its answers, its batches.
CREATE FUNCTION witness.of_the_runs_own() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    claimed text := coalesce(current_setting('answerbeat.lease_token', TRUE), '');
BEGIN
    IF NOT EXISTS (SELECT FROM job_runs WHERE id = NEW.job_run_id AND status = 'processing'
                   AND CAST(lease_token AS text) = claimed) THEN
        INSERT INTO witness.caught VALUES (TG_OP || ' ' || TG_TABLE_NAME, NEW.job_run_id, claimed);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER witness AFTER INSERT OR UPDATE ON query_executions
    FOR EACH ROW EXECUTE FUNCTION witness.of_the_runs_own();
CREATE TRIGGER witness AFTER INSERT ON collector_results FOR EACH ROW EXECUTE FUNCTION witness.of_the_runs_own();
CREATE TRIGGER witness AFTER INSERT OR UPDATE ON engine_batches
    FOR EACH ROW EXECUTE FUNCTION witness.of_the_runs_own();

-- What any run of the brand may write: readings of its answers, and its bill.
CREATE FUNCTION witness.of_the_brands() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    claimed text := coalesce(current_setting('answerbeat.lease_token', TRUE), '');
BEGIN
    IF NOT EXISTS (SELECT FROM job_runs WHERE brand_id = NEW.brand_id AND status = 'processing'
                   AND CAST(lease_token AS text) = claimed) THEN
        INSERT INTO witness.caught VALUES (TG_OP || ' ' || TG_TABLE_NAME, NULL, claimed);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER witness_reading AFTER UPDATE ON collector_results
    FOR EACH ROW EXECUTE FUNCTION witness.of_the_brands();
CREATE TRIGGER witness AFTER INSERT OR UPDATE ON spendings FOR EACH ROW EXECUTE FUNCTION witness.of_the_brands();
CREATE TRIGGER witness AFTER INSERT ON extracted_positions FOR EACH ROW EXECUTE FUNCTION witness.of_the_brands();
CREATE TRIGGER witness AFTER INSERT ON extracted_sentiments FOR EACH ROW EXECUTE FUNCTION witness.of_the_brands();
CREATE TRIGGER witness AFTER INSERT ON citations FOR EACH ROW EXECUTE FUNCTION witness.of_the_brands();
CREATE TRIGGER witness AFTER INSERT ON untracked_names FOR EACH ROW EXECUTE FUNCTION witness.of_the_brands();

CREATE FUNCTION witness.of_asking() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO witness.asked (call_id, token)
    VALUES (NEW.id, CAST(nullif(current_setting('answerbeat.lease_token', TRUE), '') AS uuid));
    RETURN NULL;
END $$;
CREATE TRIGGER witness_asking AFTER INSERT OR UPDATE OF status ON query_executions
    FOR EACH ROW WHEN (NEW.status = 'asking') EXECUTE FUNCTION witness.of_asking();
