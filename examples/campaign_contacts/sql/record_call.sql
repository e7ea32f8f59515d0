WITH placed AS (
    INSERT INTO recorded_calls (client_token, campaign_id, contact_id, phone, seconds, outcome)
    VALUES (%(client_token)s, %(campaign_id)s, %(contact_id)s, %(phone)s, %(seconds)s, %(outcome)s)
    ON CONFLICT (client_token) DO NOTHING
    RETURNING client_token
)
SELECT client_token FROM placed
UNION
SELECT client_token FROM recorded_calls WHERE client_token = %(client_token)s
