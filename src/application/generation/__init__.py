"""From a specification to a service: reading, explaining, generating, regenerating."""
