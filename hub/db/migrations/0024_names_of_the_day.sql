-- A closed meeting names its people as they were called when it was closed, whatever they are called later.
ALTER TABLE participant
    ADD COLUMN recorded_name text,        -- null: the record is still open, and they are called what they are called today
    ADD COLUMN recorded_position text;

UPDATE participant p SET recorded_name = u.name, recorded_position = u.position
  FROM app_user u, meeting m WHERE u.id = p.user_id AND m.id = p.meeting_id AND m.state = 'closed';

UPDATE participant p SET recorded_name = one.said ->> 'name', recorded_position = one.said ->> 'position'
  FROM (SELECT e.meeting_id, jsonb_array_elements(convert_from(e.record, 'UTF8')::jsonb -> 'people') AS said
          FROM yearbook_entry e) one
 WHERE one.meeting_id = p.meeting_id AND (one.said ->> 'user_id')::uuid = p.user_id;
