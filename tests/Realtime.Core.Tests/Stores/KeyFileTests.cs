using System.Security.Cryptography;
using Realtime.Stores;

namespace Realtime.Core.Tests.Stores;

public sealed class KeyFileTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("realtime-");

    private string FilePath => Path.Combine(_directory.FullName, "made", "realtime.key");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public void The_first_key_is_kept()
    {
        var key = RandomNumberGenerator.GetBytes(48);

        Assert.Equal(key, KeyFile.LoadOrCreate(FilePath, key, 32));
        Assert.Equal(key, KeyFile.LoadOrCreate(FilePath, RandomNumberGenerator.GetBytes(48), 32));
    }

    [Fact]
    public void Its_owner_alone_may_read_it_and_nothing_else_is_left()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no file modes.");
        KeyFile.LoadOrCreate(FilePath, RandomNumberGenerator.GetBytes(48), 32);

        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(FilePath));
        Assert.Equal([FilePath], Directory.GetFiles(Path.GetDirectoryName(FilePath)!));
    }

    [Fact]
    public async Task Of_many_that_start_at_once_all_get_the_same_key()
    {
        using var start = new Barrier(8);
        var keys = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Factory.StartNew(
            () =>
            {
                start.SignalAndWait(TestContext.Current.CancellationToken);
                return Convert.ToHexString(KeyFile.LoadOrCreate(FilePath, RandomNumberGenerator.GetBytes(48), 32));
            },
            TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default)));

        Assert.Single(keys.Distinct());
    }

    [Theory]
    [InlineData("")]
    [InlineData("c2hvcnQ=")]
    [InlineData("not base64, though it is long enough for a key")]
    public void What_is_no_key_is_refused(string content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(FilePath)!);
        File.WriteAllText(FilePath, content);

        Assert.Throws<RealtimeException>(() => KeyFile.LoadOrCreate(FilePath, RandomNumberGenerator.GetBytes(48), 32));
        Assert.Equal(content, File.ReadAllText(FilePath));
    }

    [Fact]
    public void A_place_that_cannot_be_written_is_named()
    {
        File.WriteAllText(Path.Combine(_directory.FullName, "made"), "a file where the directory should be");

        var refusal = Assert.Throws<RealtimeException>(() => KeyFile.LoadOrCreate(FilePath, RandomNumberGenerator.GetBytes(48), 32));

        Assert.StartsWith($"The key file {FilePath} can't be read or made: ", refusal.Message, StringComparison.Ordinal);
    }
}
