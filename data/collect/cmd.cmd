@echo off
@HEAD@
setlocal EnableExtensions DisableDelayedExpansion
set "OUT=@OUTPUT@"
set "WANTED=@INSTANCE@"
set "WINDOW=@MILLISECONDS@"
set "PROVIDERS="
if "%OUT%"=="" set "OUT=%TEMP%"
set "DIR=%OUT%\akushu-%COMPUTERNAME%"
set "SYS=%SystemRoot%\System32"
if exist "%SystemRoot%\Sysnative\reg.exe" set "SYS=%SystemRoot%\Sysnative"
set "REG=%SYS%\reg.exe"
set "KEYS=%DIR%\registry.txt"
set "FACTS=%DIR%\windows.txt"
set "LOG=%DIR%\akushu-collect.log"
if not exist "%DIR%\" md "%DIR%" 2>nul
if not exist "%DIR%\" (
    echo akushu collect: %DIR% cannot be made
    exit /b 0
)
del /q "%DIR%\reg-*.reg" "%DIR%\ERRORLOG-*" "%DIR%\SQLAGENT-*.OUT" "%DIR%\events-*.xml" "%DIR%\sql-*.txt" "%DIR%\certificate-*.cer" >nul 2>&1
type nul >"%KEYS%"
type nul >"%LOG%"
call :machine
@STEPS@
call :certificates
call :events events-schannel.xml System "@Name='Schannel'" ""
if defined PROVIDERS call :events events-sql.xml Application "%PROVIDERS%" "(Level=1 or Level=2 or Level=3) and "
call :shed events-sql.xml
call :shed "ERRORLOG-*"
call :shed "certificate-*.cer"
call :shed events-schannel.xml
call :shed "sql-*.txt"
call :shed "reg-*.reg"
echo %DIR%
exit /b 0

rem ---- the folder stays below 300 KB: what tells least goes first, until the rest fits ----

:shed
for /f "delims=" %%I in ('dir /b /a-d "%DIR%\%~1" 2^>nul') do call :shed_one "%DIR%\%%I"
exit /b 0
:shed_one
set "TOTAL=0"
for /f "delims=" %%I in ('dir /b /a-d "%DIR%"') do call :add "%DIR%\%%I"
if %TOTAL% GTR 290000 call :remove %1 "%~nx1: left out, the folder would be larger than 290000 bytes"
exit /b 0
:add
set /a TOTAL+=%~z1
exit /b 0

rem ---- registry: the keys of data/collect_keys.csv and no others ----

:tree
"%REG%" export "%~2" "%DIR%\reg-%~1.reg" /y >nul 2>&1
if not exist "%DIR%\reg-%~1.reg" call :note "%~2: not there, or not to be read"
for %%I in ("%DIR%\reg-%~1.reg") do if exist %%I if %%~zI GTR 65536 call :remove %%I "%~2: left out, %%~zI bytes"
exit /b 0
:remove
del /q %1
>>"%LOG%" echo %~2
exit /b 0
:note
>>"%LOG%" echo %~1
exit /b 0

:values
set "P=%~1"
:values_next
shift
if "%~1"=="" exit /b 0
"%REG%" query "%P%" /v "%~1" 2>nul >>"%KEYS%"
goto :values_next

:below
set "P=%~1"
:below_next
shift
if "%~1"=="" exit /b 0
"%REG%" query "%P%" /s /v "%~1" 2>nul >>"%KEYS%"
goto :below_next

:list
"%REG%" query "%~1" 2>nul >>"%KEYS%"
exit /b 0

:names
"%REG%" query "%~1" 2>nul | find "HKEY_" >>"%KEYS%"
exit /b 0

:key
"%REG%" query "%~1" >nul 2>&1
if not errorlevel 1 >>"%KEYS%" echo %~1
exit /b 0

:like
"%REG%" query "%~1" 2>nul | find "\%~2" >>"%KEYS%"
exit /b 0

:children
for /f "delims=" %%K in ('%REG% query "%~1" 2^>nul ^| find "HKEY_"') do call :child "%%K" %2 %3 %4 %5
exit /b 0
:child
for /f "delims=" %%G in ('%REG% query "%~1" /v "%~2" 2^>nul ^| find "%~3"') do call :values %1 %4 %5
exit /b 0

rem ---- each instance of SQL Server: :sql KIND "ID" "PATH" "REST" VALUES ----

:sql
for /f "tokens=1,2,3" %%G in ('%REG% query "%~3\Instance Names\SQL" 2^>nul') do if "%%H"=="REG_SZ" call :instance %1 %2 %3 %4 "%%G" "%%I" %5 %6 %7
exit /b 0
:instance
if "%WANTED%"=="" goto :wanted
if /i not "%WANTED%"=="%~5" exit /b 0
:wanted
if "%1"=="tree" call :tree "%~2-%~5" "%~3\%~6\%~4"
if "%1"=="values" call :values "%~3\%~6\%~4" %7 %8 %9
if "%1"=="logs" call :logs "%~5" "%~3\%~6\%~4"
exit /b 0

:logs
if /i "%~1"=="MSSQLSERVER" (set "NAME=@Name='MSSQLSERVER'") else set "NAME=@Name='MSSQL$%~1'"
if defined PROVIDERS (set "PROVIDERS=%PROVIDERS% or %NAME%") else set "PROVIDERS=%NAME%"
set "FILE="
for /f "tokens=2,*" %%G in ('%REG% query "%~2" 2^>nul ^| find "REG_SZ    -e"') do set "FILE=%%H"
if defined FILE (call :log "ERRORLOG-%~1" "%FILE:~2%") else call :note "%~1: no path of ERRORLOG in the registry, or not to be read"
call :tsql "%~1"
exit /b 0

rem The first 40 and the last 300 lines.
:log
if not exist "%~2" exit /b 0
set "LINES=0"
for %%I in ("%~2") do if %%~zI GTR 20000000 set "LINES=large"
if "%LINES%"=="large" (
    call :note "%~2: left out, larger than 20 MB"
    exit /b 0
)
for /f %%M in ('type "%~2" ^| find /c /v ""') do set "LINES=%%M"
set /a SKIP=LINES-300
if %SKIP% LEQ 0 (
    type "%~2" >"%DIR%\%~1" 2>nul
    exit /b 0
)
set "COUNT=0"
for /f "delims=" %%L in ('type "%~2"') do call :head "%DIR%\%~1" && >>"%DIR%\%~1" echo(%%L
for /f "skip=%SKIP% delims=" %%L in ('type "%~2"') do >>"%DIR%\%~1" echo(%%L
>>"%LOG%" echo %~2: %LINES% lines, of which beginning and end are taken
exit /b 0
:head
if %COUNT% GEQ 40 exit /b 1
set /a COUNT+=1
exit /b 0

:tsql
set "SERVER=."
if /i not "%~1"=="MSSQLSERVER" set "SERVER=.\%~1"
set "MARK=/*"
find "%MARK%*/" <"%~f0" >"%DIR%\collect.sql"
sqlcmd -S "%SERVER%" -E -l 10 -t 60 -h -1 -W -w 65535 -u -i "%DIR%\collect.sql" -o "%DIR%\sql-%~1.txt" >nul 2>&1
del /q "%DIR%\collect.sql"
type "%DIR%\sql-%~1.txt" 2>nul | find "akushu-collect" >nul
if not errorlevel 1 exit /b 0
>>"%LOG%" echo T-SQL on %SERVER%: no answer; sqlcmd is not there, or said:
type "%DIR%\sql-%~1.txt" >>"%LOG%" 2>nul
del /q "%DIR%\sql-%~1.txt" >nul 2>&1
exit /b 0

rem ---- the machine ----

:machine
>"%FACTS%" echo akushu-collect^|version=1^|of=windows^|time=^|host=%COMPUTERNAME%^|instance=^|
set "COUNT=1"
for /f "tokens=2 delims==" %%G in ('wmic os get LastBootUpTime /value 2^>nul') do call :boot %%G
for /f "tokens=1,* delims=:" %%G in ('ipconfig 2^>nul ^| find "IPv"') do for /f "tokens=1 delims=( " %%I in ("%%H") do call :address %%I
set /a COUNT+=1
>>"%FACTS%" echo end^|lines=%COUNT%^|
exit /b 0
:boot
set "T=%~1"
if "%T%"=="" exit /b 0
>>"%FACTS%" echo os^|boot_local=%T:~0,4%-%T:~4,2%-%T:~6,2%T%T:~8,2%:%T:~10,2%:%T:~12,2%^|
set /a COUNT+=1
exit /b 0
:address
>>"%FACTS%" echo address^|ip=%1^|
set /a COUNT+=1
exit /b 0

:certificates
for /l %%I in (0,1,19) do certutil -store My %%I "%DIR%\certificate-%%I.cer" >nul 2>&1
exit /b 0

:events
"%SYS%\wevtutil.exe" qe %2 "/q:*[System[Provider[%~3] and %~4TimeCreated[timediff(@SystemTime) <= %WINDOW%]]]" /c:40 /rd:true /f:xml >"%DIR%\%~1" 2>nul
for %%I in ("%DIR%\%~1") do if %%~zI EQU 0 call :remove %%I "%2: no such event, or not to be read"
exit /b 0

rem ---- T-SQL, taken out of this file by :tsql ----
@SQL@
