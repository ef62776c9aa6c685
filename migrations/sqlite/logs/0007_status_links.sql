-- Badges and status pages are asked for by who knows a token, not by a client.
CREATE INDEX workflow_documents_links ON workflow_documents (key) WHERE kind = 'status_link';
