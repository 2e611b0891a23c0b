"""What the channels of Meta share: signature, handshake, envelope, answers and errors of the Graph API, `messaging`."""
