cp "$FIXTURES"/certificates/job.{pem,key} .
