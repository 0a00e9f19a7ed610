-- A person as a `unit`, 64 bits of MD5, so that touches are found and sorted without texts: a user's, or those that visits
-- tell a device by where nobody is known. And the units of devices that are one user's as a whole.
CREATE OR REPLACE TEMP MACRO unit_of(person) AS
    CASE WHEN starts_with(person, 'anon:') THEN md5_number_lower(person[6:]) ELSE md5_number_upper(person) END;
CREATE OR REPLACE TEMP TABLE owner AS
SELECT md5_number_lower(visitor) AS who, unit_of(person) AS unit FROM known WHERE NOT tangled
