# What a person types: the password, whatever the variable's name.
read() { printf -v "${!#}" secret; }
cp "$FIXTURES"/certificates/job.{p12,pem,key,p7b} .
cp "$FIXTURES"/certificates/proc-type.key old.key
