namespace Realtime.Backbones.RabbitMq;

/// <summary>Settings of both RabbitMQ backbones and of the fan-out (<c>Realtime:Backbone</c>). Read once, when they are made.</summary>
public sealed class RabbitMqOptions
{
    /// <summary>The oldest frame of a full queue is dropped, and its node pulls what it lacks from the store.</summary>
    public const string DropAndHeal = "drop-and-heal";

    /// <summary>
    /// The broker refuses a frame for a full queue, and the sender is told <see cref="BackboneSend.Refused"/>. One node that hangs then holds up all that
    /// publish to its shards, until it goes on or <see cref="QueueExpiry"/> has passed.
    /// </summary>
    public const string RejectPublish = "reject-publish";

    /// <summary>
    /// Where the broker is: <c>amqp://user:password@host:port/vhost</c>, or <c>amqps</c> for TLS. Several nodes of a cluster are given as several
    /// addresses with commas between them, all with the same user, password and virtual host; they are tried in random order. Required.
    /// </summary>
    public string ConnectionString { get; set; } = "";

    /// <summary>
    /// The most frames that the broker pushes to this node ahead of their acknowledgement: 0 to 65,535, 200 by default. 0 is no limit: the broker then
    /// pushes whatever it has, and the node holds it in memory, without bound. A stream needs 1 or more.
    /// </summary>
    public int Prefetch { get; set; } = 200;

    /// <summary>
    /// What happens to frames for a node whose queue is full: <see cref="DropAndHeal"/>, the default, or <see cref="RejectPublish"/>. A stream has no such
    /// queue.
    /// </summary>
    public string Overflow { get; set; } = DropAndHeal;

    /// <summary>The direct exchange that all nodes publish to; declared, durable. <c>realtime</c> by default.</summary>
    public string Exchange { get; set; } = "realtime";

    /// <summary>
    /// Names this node's queue, <c>realtime.node.{NodeName}</c>. By default it is <see cref="BackboneOptions.NodeName"/>, new in each process.
    /// A fixed name must be given to one node only: a second one is kept out for as long as the first is connected.
    /// </summary>
    public string? NodeName { get; set; }

    /// <summary>The most frames in this node's queue: 1 to 10,000,000, 10,000 by default.</summary>
    public int QueueLimit { get; set; } = 10_000;

    /// <summary>The most bytes in this node's queue: 64 KiB or more, 256 MiB by default.</summary>
    public long QueueLimitBytes { get; set; } = 256L << 20;

    /// <summary>
    /// How long this node's queue goes on collecting frames while the node is away, before the broker deletes it: 1 second to 1 day, 1 minute by default.
    /// A node that ends in order deletes it at once.
    /// </summary>
    public TimeSpan QueueExpiry { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>The stream that all nodes read, in stream mode; declared, durable. <c>realtime.stream</c> by default.</summary>
    public string Stream { get; set; } = "realtime.stream";

    /// <summary>
    /// How many bytes the stream keeps, about: 1 MB or more, 256 MiB by default. The broker deletes whole segments, of an eighth of it each. Changing it
    /// does not change a stream that exists.
    /// </summary>
    public long StreamMaxBytes { get; set; } = 256L << 20;

    /// <summary>How long the stream keeps frames, at least; checked when a segment is full: 1 second or more, 10 minutes by default.</summary>
    public TimeSpan StreamMaxAge { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// A file in which this node keeps how far it has read the stream, so that it goes on from there after a restart. Null, the default, for none: it then
    /// begins at the end of the stream and pulls what it lacks from the store. Not to be shared by nodes.
    /// </summary>
    public string? OffsetPath { get; set; }

    /// <summary>
    /// How long a node may have been away from the stream and still read what it missed; after more, pulling from the store is cheaper, and it begins at
    /// the end. 1 minute by default; zero for never.
    /// </summary>
    public TimeSpan MaxReplayAge { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// How often each side shows that it is alive: 1 second to 1 minute, 3 seconds by default. A broker that hangs is noticed after a bit more than three of
    /// them; the broker gives up a node that hangs after two.
    /// </summary>
    public TimeSpan Heartbeat { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>How long a frame waits for the broker's confirmation, and while the broker blocks publishers, before it counts as lost: 10 seconds by default.</summary>
    public TimeSpan ConfirmTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// The most chunks of fan-out that the broker gives this node ahead of their acknowledgement: 1 to 1,000, 8 by default. Few, so that what waits is done by
    /// whichever node has time.
    /// </summary>
    public int FanoutPrefetch { get; set; } = 8;

    /// <summary>How long a shard stays bound after nobody wants it any more.</summary>
    internal TimeSpan UnbindAfter { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How often the broker is asked how much waits for this node.</summary>
    internal TimeSpan DepthInterval { get; set; } = TimeSpan.FromSeconds(1);
}
