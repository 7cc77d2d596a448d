using Realtime.Backbones;
using Realtime.Channels;
using Realtime.Stores;

namespace Realtime.Feeds.Sources;

/// <summary>What posts say.</summary>
/// <remarks>On one node those that were read lately are kept in memory: timelines share their posts. Where nodes share a store, it is read every time, so that a post is
/// in no timeline any longer once its deletion is answered, on whatever node.</remarks>
internal sealed class PostBodies(IMessageStore store, FrameSender sender, FeedOptions options) : IDisposable
{
    /// <summary>What an entry takes beside the post's own bytes, about.</summary>
    private const int EntryBytes = 600;

    private readonly ReadCache<PostKey, Message> _posts = new(options.MaxPostBytes);

    /// <summary>Adds posts in their order. Those that were trimmed or deleted are in no timeline any longer.</summary>
    internal async ValueTask AddAsync(IReadOnlyList<PostRef> refs, List<Message> posts, CancellationToken cancellationToken)
    {
        var found = new Message?[refs.Count];
        List<int>? missing = null;
        for (var i = 0; i < found.Length; i++)
        {
            if (sender.IsActive || (found[i] = _posts.Find(PostKey.Of(refs[i]))) is null)
                (missing ??= []).Add(i);
        }

        if (missing is not null)
            await ReadAsync(refs, missing, found, cancellationToken);
        foreach (var post in found)
        {
            if (post is not null && post.Type != Message.DeletedType)
                posts.Add(post);
        }
    }

    /// <summary>To be called when a message is deleted, before whoever asked for it is answered.</summary>
    internal void Deleted(Message message)
    {
        if (PostRef.IsPosts(message.Channel))
            _posts.Forget(PostKey.Of(PostRef.Of(message)));
    }

    public void Dispose() => _posts.Dispose();

    private async ValueTask ReadAsync(IReadOnlyList<PostRef> refs, List<int> missing, Message?[] found, CancellationToken cancellationToken)
    {
        var version = _posts.Version;
        var read = await store.ReadAsync(
            missing.ConvertAll(i => new MessageRange(PostRef.ChannelOf(refs[i].Author), refs[i].Offset, refs[i].Offset)), cancellationToken);
        for (var n = 0; n < missing.Count; n++)
        {
            if (read[n].Count != 1)
                continue;
            var post = found[missing[n]] = read[n][0];
            if (!sender.IsActive)
                _posts.Keep(PostKey.Of(refs[missing[n]]), post, post.Json.Length + EntryBytes, version);
        }
    }

    /// <summary>With the id, so that a log that begins anew is another one.</summary>
    private readonly record struct PostKey(string Author, long Offset, string Id)
    {
        internal static PostKey Of(PostRef post) => new(post.Author, post.Offset, post.Position.Id);
    }
}
