-- group: azure
-- role: accountadmin, tickhouse_owner
-- variable: azure_url text
-- variable: azure_tenant text
-- variable: azure_queue text
-- variable: azure_notification identifier = TICKHOUSE_AZURE_EVENTS
-- The lake in Azure Blob: azure://account.blob.core.windows.net/container/prefix/, and the queue to
-- which Event Grid sends BlobCreated. After this, DESC INTEGRATION tells the consent URL and the
-- application that needs "Storage Blob Data Reader" and "Storage Queue Data Contributor".

USE ROLE accountadmin;

CREATE STORAGE INTEGRATION IF NOT EXISTS tickhouse_azure
  TYPE = EXTERNAL_STAGE
  STORAGE_PROVIDER = 'AZURE'
  ENABLED = TRUE
  AZURE_TENANT_ID = {{ azure_tenant }}
  STORAGE_ALLOWED_LOCATIONS = ({{ azure_url }});

CREATE NOTIFICATION INTEGRATION IF NOT EXISTS {{ azure_notification }}
  ENABLED = TRUE
  TYPE = QUEUE
  NOTIFICATION_PROVIDER = AZURE_STORAGE_QUEUE
  AZURE_STORAGE_QUEUE_PRIMARY_URI = {{ azure_queue }}
  AZURE_TENANT_ID = {{ azure_tenant }};

GRANT USAGE ON INTEGRATION tickhouse_azure TO ROLE tickhouse_owner;
GRANT USAGE ON INTEGRATION {{ azure_notification }} TO ROLE tickhouse_owner;

USE ROLE tickhouse_owner;

CREATE STAGE IF NOT EXISTS bronze.lake_azure
  URL = {{ azure_url }}
  STORAGE_INTEGRATION = tickhouse_azure
  COMMENT = 'The lake in Azure Blob; read only';
