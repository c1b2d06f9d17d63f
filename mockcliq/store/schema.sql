CREATE TABLE access_token (
    token VARCHAR NOT NULL,
    user_id VARCHAR NOT NULL,
    scopes VARCHAR NOT NULL,
    expires INTEGER,
    revoked BOOLEAN NOT NULL,
    refresh_token VARCHAR,
    webhook BOOLEAN NOT NULL,
    client BOOLEAN NOT NULL,
    PRIMARY KEY (token)
);
CREATE TABLE authorization_code (
    code VARCHAR NOT NULL,
    client_id VARCHAR NOT NULL,
    user_id VARCHAR NOT NULL,
    scopes VARCHAR NOT NULL,
    redirect_uri VARCHAR,
    offline BOOLEAN NOT NULL,
    issued INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    redeemed BOOLEAN NOT NULL,
    PRIMARY KEY (code)
);
CREATE TABLE bot (
    unique_name VARCHAR NOT NULL,
    id VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    description VARCHAR NOT NULL,
    image_url VARCHAR NOT NULL,
    creator_id VARCHAR,
    subscribers VARCHAR,
    active BOOLEAN NOT NULL,
    PRIMARY KEY (unique_name),
    UNIQUE (id)
);
CREATE TABLE bot_chat (
    chat_id VARCHAR NOT NULL,
    bot VARCHAR NOT NULL,
    PRIMARY KEY (chat_id)
);
CREATE TABLE channel (
    chat_id VARCHAR NOT NULL,
    channel_id VARCHAR NOT NULL,
    unique_name VARCHAR NOT NULL,
    level VARCHAR NOT NULL,
    description VARCHAR NOT NULL,
    status VARCHAR NOT NULL,
    bots VARCHAR NOT NULL,
    config VARCHAR NOT NULL,
    PRIMARY KEY (chat_id)
);
CREATE TABLE chat (
    id VARCHAR NOT NULL,
    type VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    creator_id VARCHAR NOT NULL,
    created INTEGER NOT NULL,
    modified INTEGER NOT NULL,
    participant_count INTEGER NOT NULL,
    message_count INTEGER NOT NULL,
    last_message VARCHAR,
    PRIMARY KEY (id)
);
CREATE TABLE chat_alias (
    chat_id VARCHAR NOT NULL,
    alias VARCHAR NOT NULL,
    PRIMARY KEY (alias)
);
CREATE TABLE client (
    client_id VARCHAR NOT NULL,
    client_secret VARCHAR NOT NULL,
    redirect_uris VARCHAR NOT NULL,
    PRIMARY KEY (client_id)
);
CREATE TABLE file (
    chat_id VARCHAR NOT NULL,
    message_id VARCHAR NOT NULL,
    id VARCHAR NOT NULL,
    content BLOB,
    PRIMARY KEY (id)
);
CREATE TABLE limit_lock (
    user_id VARCHAR NOT NULL,
    operation VARCHAR NOT NULL,
    since INTEGER NOT NULL,
    until INTEGER NOT NULL,
    PRIMARY KEY (user_id, operation)
);
CREATE TABLE message (
    chat_id VARCHAR NOT NULL,
    id VARCHAR NOT NULL,
    sender_id VARCHAR NOT NULL,
    sender_name VARCHAR NOT NULL,
    text VARCHAR NOT NULL,
    time INTEGER NOT NULL,
    modified INTEGER NOT NULL,
    type VARCHAR NOT NULL,
    highlight BOOLEAN,
    bot_name VARCHAR,
    bot_image_url VARCHAR,
    more VARCHAR,
    PRIMARY KEY (chat_id, id)
)
 WITHOUT ROWID;
CREATE TABLE participation (
    chat_id VARCHAR NOT NULL,
    user_id VARCHAR NOT NULL,
    joined INTEGER NOT NULL,
    muted BOOLEAN NOT NULL,
    pinned BOOLEAN NOT NULL,
    draft VARCHAR,
    list_order INTEGER,
    read INTEGER NOT NULL,
    role VARCHAR,
    PRIMARY KEY (chat_id, user_id)
)
 WITHOUT ROWID;
CREATE TABLE pinned_message (
    chat_id VARCHAR NOT NULL,
    message_id VARCHAR NOT NULL,
    creator_id VARCHAR NOT NULL,
    created INTEGER NOT NULL,
    modified INTEGER NOT NULL,
    expires INTEGER,
    PRIMARY KEY (chat_id)
);
CREATE TABLE property (
    name VARCHAR NOT NULL,
    value VARCHAR NOT NULL,
    PRIMARY KEY (name)
);
CREATE TABLE refresh_token (
    token VARCHAR NOT NULL,
    client_id VARCHAR NOT NULL,
    user_id VARCHAR NOT NULL,
    scopes VARCHAR NOT NULL,
    PRIMARY KEY (token)
);
CREATE TABLE retired (
    "key" VARCHAR NOT NULL,
    PRIMARY KEY ("key")
);
CREATE TABLE status (
    id VARCHAR NOT NULL,
    user_id VARCHAR NOT NULL,
    code VARCHAR NOT NULL,
    message VARCHAR NOT NULL,
    current BOOLEAN NOT NULL,
    expires INTEGER,
    PRIMARY KEY (id)
);
CREATE TABLE thread (
    chat_id VARCHAR NOT NULL,
    parent_id VARCHAR NOT NULL,
    message_id VARCHAR NOT NULL,
    closed BOOLEAN NOT NULL,
    PRIMARY KEY (chat_id)
);
CREATE TABLE user (
    id VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    email VARCHAR NOT NULL,
    active BOOLEAN NOT NULL,
    role VARCHAR,
    profile VARCHAR,
    PRIMARY KEY (id),
    UNIQUE (email)
);
CREATE INDEX channel_id ON channel (channel_id);
CREATE INDEX channel_name ON channel (unique_name);
CREATE INDEX file_message ON file (chat_id, message_id);
CREATE INDEX participation_drafts ON participation (user_id, list_order DESC) WHERE draft IS NOT NULL;
CREATE INDEX participation_list ON participation (user_id, list_order DESC, chat_id) WHERE list_order IS NOT NULL;
CREATE INDEX thread_parent ON thread (parent_id);
