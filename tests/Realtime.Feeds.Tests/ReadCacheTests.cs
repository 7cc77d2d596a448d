using Realtime.Feeds.Sources;

namespace Realtime.Feeds.Tests;

public sealed class ReadCacheTests
{
    [Fact]
    public void What_was_read_is_kept_until_it_changes()
    {
        using var cache = new ReadCache<string, string>(10);

        cache.Keep("a", "one", 1, cache.Version);
        Assert.Equal("one", cache.Find("a"));
        cache.Forget("a");
        Assert.Null(cache.Find("a"));
        Assert.Null(cache.Find("b"));
    }

    [Fact]
    public void What_was_changed_while_it_was_read_is_not_kept()
    {
        using var cache = new ReadCache<string, string>(10);
        var version = cache.Version;

        cache.Forget("a");
        cache.Keep("a", "before the change", 1, version);

        Assert.Null(cache.Find("a"));
    }

    [Fact]
    public void There_is_never_more_than_fits()
    {
        using var cache = new ReadCache<int, string>(100);

        for (var key = 0; key < 1_000; key++)
            cache.Keep(key, "value", 7, cache.Version);

        Assert.InRange(Enumerable.Range(0, 1_000).Count(key => cache.Find(key) is not null), 1, 100 / 7);
    }

    [Fact]
    public async Task What_is_found_is_never_older_than_a_change_that_was_answered()
    {
        using var cache = new ReadCache<string, string>(10);
        var (stored, answered, done) = (0, 0, false);
        var readers = Enumerable.Range(0, 3).Select(_ => Task.Run(() =>
        {
            while (!Volatile.Read(ref done))
            {
                var least = Volatile.Read(ref answered);
                var version = cache.Version;
                var value = cache.Find("a");
                if (value is null)
                    cache.Keep("a", value = Volatile.Read(ref stored).ToString(), 1, version);
                Assert.InRange(int.Parse(value), least, int.MaxValue);
            }
        })).ToArray();

        for (var change = 1; change <= 100_000; change++)
        {
            Volatile.Write(ref stored, change);
            cache.Forget("a");
            Volatile.Write(ref answered, change);
        }

        Volatile.Write(ref done, true);
        await Task.WhenAll(readers);
    }
}
