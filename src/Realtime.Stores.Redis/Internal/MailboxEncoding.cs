using System.Globalization;
using Realtime.Feeds;
using StackExchange.Redis;

namespace Realtime.Stores.Redis.Internal;

/// <summary>How posts and coverage stand in Redis.</summary>
internal static class MailboxEncoding
{
    /// <summary>
    /// Below every character of ids and names: Redis orders members of the same time by their bytes, and an id that is the beginning of another has to come
    /// before it.
    /// </summary>
    private const char Separator = '\x01';

    /// <summary>A post in the sorted set, whose score is its time: id, author and offset.</summary>
    internal static string MemberOf(PostRef post) =>
        string.Create(CultureInfo.InvariantCulture, $"{post.Position.Id}{Separator}{post.Author}{Separator}{post.Offset}");

    /// <summary>What members of an author's posts contain, and no others do.</summary>
    internal static string AuthorPart(string author) => $"{Separator}{author}{Separator}";

    /// <summary>An author in the hash, apart from the hash's other field.</summary>
    internal static string FieldOf(string author) => "=" + author;

    /// <summary>The page that <see cref="MailboxScripts.Read"/> gave: the floor, posts newest first, and all coverage.</summary>
    internal static MailboxPage PageOf(RedisResult read, PostPosition before, int limit)
    {
        var floor = Pairs(read[0]).Single();
        var posts = new List<PostRef>(Math.Min(limit, read[1].Length / 2));
        var isEnd = true;
        foreach (var (member, score) in Pairs(read[1]))
        {
            // The last member is the floor, which is no post.
            if (member == floor.First)
                break;
            var post = PostOf(member, score);
            // Those of the same millisecond are given whole.
            if (post.Position >= before)
                continue;
            isEnd = posts.Count < limit;
            if (!isEnd)
                break;
            posts.Add(post);
        }

        var coverage = new Dictionary<string, Coverage>(read[2].Length / 2, StringComparer.Ordinal);
        foreach (var (field, value) in Pairs(read[2]))
        {
            if (field.StartsWith('='))
                coverage.Add(field[1..], CoverageOf(value));
        }

        return new MailboxPage(
            true, posts, isEnd, floor.First.Length == 0 ? PostPosition.Oldest : PostOf(floor.First, floor.Second).Position, coverage);
    }

    private static IEnumerable<(string First, string Second)> Pairs(RedisResult flat)
    {
        for (var i = 0; i < flat.Length; i += 2)
            yield return ((string)flat[i]!, (string)flat[i + 1]!);
    }

    private static PostRef PostOf(string member, string score)
    {
        var parts = member.Split(Separator);
        // Exact: times of this millennium are far below 2^53.
        var time = (long)double.Parse(score, CultureInfo.InvariantCulture);
        return new PostRef(long.Parse(parts[2], CultureInfo.InvariantCulture), new PostPosition(time, parts[0], parts[1]));
    }

    /// <summary>Through and since come first; what follows is the scripts' own.</summary>
    private static Coverage CoverageOf(string value)
    {
        var parts = value.Split(' ', 3);
        return new Coverage(long.Parse(parts[0], CultureInfo.InvariantCulture), long.Parse(parts[1], CultureInfo.InvariantCulture));
    }
}
