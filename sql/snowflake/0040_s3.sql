-- group: s3
-- role: accountadmin, tickhouse_owner
-- variable: s3_url text
-- variable: s3_role_arn text
-- The lake in Amazon S3. After this, DESC INTEGRATION tickhouse_s3 tells the user and external id
-- that the role in AWS must trust; SHOW PIPES tells the queue (notification_channel) that the
-- bucket must send its events to. `s3_url` ends in "/" and holds the lake's prefix.

USE ROLE accountadmin;

CREATE STORAGE INTEGRATION IF NOT EXISTS tickhouse_s3
  TYPE = EXTERNAL_STAGE
  STORAGE_PROVIDER = 'S3'
  ENABLED = TRUE
  STORAGE_AWS_ROLE_ARN = {{ s3_role_arn }}
  STORAGE_ALLOWED_LOCATIONS = ({{ s3_url }});

GRANT USAGE ON INTEGRATION tickhouse_s3 TO ROLE tickhouse_owner;

USE ROLE tickhouse_owner;

CREATE STAGE IF NOT EXISTS bronze.lake_s3
  URL = {{ s3_url }}
  STORAGE_INTEGRATION = tickhouse_s3
  COMMENT = 'The lake in S3; read only';
