"""What the database itself holds true about money, whoever writes to it."""

FUNCTIONS = ("movement_balanced", "entry_in_its_movement", "intent_kept", "series_counts")
RULES = (
    """
CREATE FUNCTION payments.movement_balanced() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE movement uuid := CASE TG_TABLE_NAME WHEN 'movement' THEN NEW.id ELSE (to_jsonb(NEW)->>'movement_id')::uuid END;
DECLARE lines bigint; total numeric;
BEGIN
  SELECT count(*), coalesce(sum(amount), 0) INTO lines, total FROM payments.entry WHERE movement_id = movement;
  IF lines < 2 OR total <> 0 THEN
    RAISE EXCEPTION 'a movement has two sides or more, and they add up to zero' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $$""",
    """
CREATE CONSTRAINT TRIGGER movement_balanced AFTER INSERT ON payments.movement
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION payments.movement_balanced()""",
    """
CREATE CONSTRAINT TRIGGER entry_balanced AFTER INSERT ON payments.entry
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION payments.movement_balanced()""",
    """
CREATE FUNCTION payments.entry_in_its_movement() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (SELECT xact FROM payments.movement WHERE id = NEW.movement_id) <> pg_current_xact_id()::text::bigint THEN
    RAISE EXCEPTION 'a movement is written in one transaction' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$""",
    """
CREATE TRIGGER entry_in_its_movement BEFORE INSERT ON payments.entry
FOR EACH ROW EXECUTE FUNCTION payments.entry_in_its_movement()""",
    """
CREATE FUNCTION payments.intent_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'an intent is never deleted' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF (NEW.code, NEW.payer_id, NEW.payee_id, NEW.amount, NEW.reference, NEW.dedupe, NEW.provider)
     IS DISTINCT FROM (OLD.code, OLD.payer_id, OLD.payee_id, OLD.amount, OLD.reference, OLD.dedupe, OLD.provider) THEN
    RAISE EXCEPTION 'what an intent asks for is never changed' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF NEW.state <> OLD.state AND (OLD.state IN ('settled', 'cancelled') OR NEW.state = 'created') THEN
    RAISE EXCEPTION 'an intent does not go from % to %', OLD.state, NEW.state USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$""",
    """
CREATE TRIGGER intent_kept BEFORE UPDATE OR DELETE ON payments.intent
FOR EACH ROW EXECUTE FUNCTION payments.intent_kept()""",
    """
CREATE FUNCTION payments.series_counts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' OR NEW.last_number <> OLD.last_number + 1
     OR (NEW.pattern, NEW.series, NEW.payee_key, NEW.year) IS DISTINCT FROM (OLD.pattern, OLD.series, OLD.payee_key, OLD.year) THEN
    RAISE EXCEPTION 'a series counts one by one and stays what it is' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$""",
    """
CREATE TRIGGER series_counts BEFORE UPDATE OR DELETE ON payments.receipt_series
FOR EACH ROW EXECUTE FUNCTION payments.series_counts()""",
)
